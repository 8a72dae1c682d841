-- Ends leases that ran out and releases the jobs that still carry them: to run again, or failed when no attempt is
-- left, or cancelled when somebody asked. A worker that records an outcome at the same time either comes first, and
-- its job is gone, or finds that its lease is no longer there.
-- $1 how many leases at most, $2 code and $3 message of the error.
WITH expired AS (
    DELETE FROM job_lease WHERE id IN (
        SELECT id FROM job_lease WHERE until < clock_timestamp() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING id, worker, job_ids
), held AS MATERIALIZED (
    SELECT l.id, e.id AS lease, e.worker
    FROM expired e CROSS JOIN LATERAL unnest(e.job_ids) AS j(id) JOIN job_live l ON l.id = j.id
    WHERE l.lease = e.id
    ORDER BY l.id FOR UPDATE OF l
), gone AS (
    DELETE FROM job_live l USING held h
    WHERE l.id = h.id AND l.lease = h.lease AND (l.attempts >= l.max_attempts OR l.cancel_requested)
    RETURNING l.id, l.organization_id, l.version_id, l.attempts, l.dispatch, l.progress, l.started_at, h.worker,
              CASE WHEN l.cancel_requested THEN 6 ELSE 5 END::smallint AS state
), recorded AS (
    INSERT INTO job_outcome (id, organization_id, state, error_code, error_message, version_id, attempts, dispatch, progress, started_at)
    SELECT id, organization_id, state, CASE WHEN state = 5 THEN $2 END, CASE WHEN state = 5 THEN $3 END,
           version_id, attempts, dispatch, progress, started_at FROM gone
), released AS (
    UPDATE job_live l SET lease = NULL, sent_at = NULL, dispatch = l.dispatch + 1, run_at = clock_timestamp()
    FROM held h
    WHERE l.id = h.id AND l.lease = h.lease AND l.attempts < l.max_attempts AND NOT l.cancel_requested
    RETURNING l.id, l.organization_id, l.version_id, l.dispatch - 1 AS dispatch, l.started_at, h.worker
), lost AS (
    SELECT id, organization_id, version_id, dispatch, started_at, worker FROM gone
    UNION ALL
    SELECT id, organization_id, version_id, dispatch, started_at, worker FROM released
), attempted AS (
    INSERT INTO job_attempt (job_id, dispatch, organization_id, worker, version_id, verdict, error_code, error_message, started_at)
    SELECT id, dispatch, organization_id, worker, version_id, 'worker_lost', $2, $3, started_at FROM lost
), noted AS (
    INSERT INTO job_event (job_id, id, organization_id, kind, actor)
    SELECT id, gen_random_uuid(), organization_id, 'worker_lost', 'system' FROM lost
)
SELECT (SELECT count(*) FROM expired) AS leases, (SELECT count(*) FROM released) AS released,
       (SELECT array_agg(id) FROM gone) AS ended
