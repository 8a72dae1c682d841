-- The statements of a job's life that must be one round trip, or that a worker may call without a right on any table.
-- A function that locks several rows of job_live takes arrays sorted by id and reads them in that order (nested loops
-- only: the planner settings below), so that two of them cannot deadlock for long; 40P01 is retried by the caller.

-- Accepts one request of one organization: all of its jobs or none, its tags, its idempotency key and its audit row.
-- Runs as the caller, under row-level security. SQLSTATE FA208: the key was used with another request.
-- SQLSTATE 40001: a job with the same unique key ended in between; call again.
CREATE FUNCTION submit(
    p_organization uuid, p_user uuid, p_token uuid, p_actor text, p_ip text, p_audit_id uuid,
    p_idempotency_key text, p_request_hash bytea, p_traceparent text, p_send_now boolean,
    p_ids uuid[], p_modules uuid[], p_jobs text[], p_payloads text[], p_tags text[], p_priorities smallint[],
    p_run_at timestamptz[], p_timeouts_ms integer[], p_max_attempts smallint[], p_unique_keys text[]
) RETURNS TABLE (ordinal integer, id uuid, created boolean, sent_at_ms bigint)
    LANGUAGE plpgsql SET search_path = faena, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := clock_timestamp();
    v_response text;
    v_hash     bytea;
    v_inserted integer;
BEGIN
    PERFORM set_config('faena.organization_id', p_organization::text, true),
            set_config('faena.user_id', p_user::text, true);

    IF p_idempotency_key IS NOT NULL THEN
        INSERT INTO idempotency_key (organization_id, key, request_hash, response)
            VALUES (p_organization, p_idempotency_key, p_request_hash, '')
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT k.response, k.request_hash INTO v_response, v_hash
                FROM idempotency_key k WHERE k.organization_id = p_organization AND k.key = p_idempotency_key;
            IF v_hash <> p_request_hash THEN
                RAISE EXCEPTION 'idempotency key used with another request' USING ERRCODE = 'FA208';
            END IF;
            RETURN QUERY SELECT (r.item->>'ordinal')::integer, (r.item->>'id')::uuid, (r.item->>'created')::boolean, NULL::bigint
                FROM jsonb_array_elements(v_response::jsonb) AS r(item);
            RETURN;
        END IF;
    END IF;

    WITH new AS (
        SELECT * FROM unnest(p_ids, p_modules, p_jobs, p_payloads, p_tags, p_priorities, p_run_at, p_timeouts_ms, p_max_attempts, p_unique_keys)
            AS n(id, module_id, job, payload, tags, priority, run_at, timeout_ms, max_attempts, unique_key)
    ), live AS (
        INSERT INTO job_live (id, organization_id, module_id, priority, run_at, max_attempts, unique_key, dispatch, sent_at)
        SELECT n.id, p_organization, n.module_id, n.priority, GREATEST(n.run_at, v_now), n.max_attempts, n.unique_key,
               CASE WHEN p_send_now AND n.run_at <= v_now THEN 1 ELSE 0 END,
               CASE WHEN p_send_now AND n.run_at <= v_now THEN v_now END
        FROM new n
        ON CONFLICT (organization_id, module_id, unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        RETURNING id
    ), accepted AS (
        INSERT INTO job (id, organization_id, module_id, job, payload, tags, priority, timeout_ms, max_attempts, unique_key,
                         traceparent, submitted_by, created_at)
        SELECT n.id, p_organization, n.module_id, n.job, n.payload, n.tags, n.priority, n.timeout_ms, n.max_attempts, n.unique_key,
               p_traceparent, p_user, v_now
        FROM new n JOIN live USING (id)
    ), tagged AS (
        INSERT INTO job_tag (organization_id, key, value, job_id)
        SELECT p_organization, 'tag', t.value, n.id
        FROM new n JOIN live USING (id) CROSS JOIN LATERAL jsonb_array_elements_text(n.tags::jsonb) AS t(value)
        WHERE n.tags IS NOT NULL
    )
    SELECT count(*) INTO v_inserted FROM live;

    INSERT INTO audit_log (id, organization_id, actor, actor_user_id, actor_token_id, action, subject_kind, subject, outcome, ip, details)
        VALUES (p_audit_id, p_organization, p_actor, p_user, p_token, 'job.submit', 'job', p_ids[1]::text, 'ok', p_ip,
                json_build_object('jobs', cardinality(p_ids), 'created', v_inserted)::text);

    IF v_inserted = cardinality(p_ids) THEN
        RETURN QUERY SELECT n.ordinal::integer, n.id, true,
                            CASE WHEN p_send_now AND n.run_at <= v_now THEN (extract(epoch FROM v_now) * 1000)::bigint END
            FROM unnest(p_ids, p_run_at) WITH ORDINALITY AS n(id, run_at, ordinal);
    ELSE
        RETURN QUERY SELECT n.ordinal::integer, COALESCE(mine.id, other.id), mine.id IS NOT NULL,
                            CASE WHEN mine.dispatch = 1 THEN (extract(epoch FROM v_now) * 1000)::bigint END
            FROM unnest(p_ids, p_modules, p_unique_keys) WITH ORDINALITY AS n(id, module_id, unique_key, ordinal)
            LEFT JOIN job_live mine ON mine.id = n.id
            LEFT JOIN job_live other ON mine.id IS NULL AND other.organization_id = p_organization
                AND other.module_id = n.module_id AND other.unique_key = n.unique_key;
    END IF;

    IF p_idempotency_key IS NOT NULL THEN
        UPDATE idempotency_key k SET response = (
            SELECT json_agg(json_build_object('ordinal', n.ordinal, 'id', COALESCE(mine.id, other.id), 'created', mine.id IS NOT NULL))::text
            FROM unnest(p_ids, p_modules, p_unique_keys) WITH ORDINALITY AS n(id, module_id, unique_key, ordinal)
            LEFT JOIN job_live mine ON mine.id = n.id
            LEFT JOIN job_live other ON mine.id IS NULL AND other.organization_id = p_organization
                AND other.module_id = n.module_id AND other.unique_key = n.unique_key)
        WHERE k.organization_id = p_organization AND k.key = p_idempotency_key;
    END IF;
END
$$;

-- Parks what must not run now: the module is not enabled, or not switched on for the organization.
CREATE FUNCTION park(p_ids uuid[], p_dispatches integer[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    WITH parked AS (
        UPDATE job_live l
        SET wait_reason = 6, run_at = 'infinity', sent_at = NULL, dispatch = l.dispatch + 1
        FROM unnest(p_ids, p_dispatches) AS e(id, dispatch)
        WHERE l.id = e.id AND l.dispatch = e.dispatch AND l.lease IS NULL AND l.wait_reason IS NULL
          AND NOT EXISTS (SELECT FROM module m JOIN module_activation a ON a.module_id = m.id
                          WHERE m.id = l.module_id AND m.state IN (3, 5) AND a.organization_id = l.organization_id AND a.active)
        RETURNING l.id, l.organization_id
    )
    INSERT INTO job_event (job_id, id, organization_id, kind, actor)
        SELECT id, gen_random_uuid(), organization_id, 'parked', 'system' FROM parked;
$$;

-- Takes the jobs that these envelopes still stand for under one lease, and returns what is needed to run them: the only
-- way in which a worker reads a payload. Called again with the same lease, because the first answer was lost, it answers
-- the same and counts no second attempt.
CREATE FUNCTION claim(p_worker uuid, p_lease uuid, p_ttl interval, p_ids uuid[], p_dispatches integer[])
    RETURNS TABLE (id uuid, dispatch integer, organization_id uuid, module_id uuid, version_id uuid, job text, payload text,
                   timeout_ms integer, attempts smallint, max_attempts smallint, traceparent text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_claimed bigint;
BEGIN
    RETURN QUERY
    WITH claimed AS (
        UPDATE job_live l
        SET lease = p_lease, attempts = l.attempts + CASE WHEN l.lease IS NULL THEN 1 ELSE 0 END::smallint,
            started_at = clock_timestamp(),
            version_id = COALESCE(l.version_id, m.active_version_id)
        FROM unnest(p_ids, p_dispatches) AS e(id, dispatch), module m
        WHERE l.id = e.id AND l.dispatch = e.dispatch AND (l.lease IS NULL OR l.lease = p_lease)
          AND l.wait_reason IS NULL AND l.sent_at IS NOT NULL
          AND m.id = l.module_id AND m.state IN (3, 5)
          AND EXISTS (SELECT FROM module_activation a
                      WHERE a.organization_id = l.organization_id AND a.module_id = l.module_id AND a.active)
        RETURNING l.id, l.dispatch, l.organization_id, l.module_id, l.version_id, l.attempts, l.max_attempts
    ), leased AS (
        INSERT INTO job_lease (id, worker, until, job_ids)
        SELECT p_lease, p_worker, clock_timestamp() + p_ttl, array_agg(c.id) FROM claimed c HAVING count(*) > 0
        ON CONFLICT (id) DO UPDATE SET until = EXCLUDED.until
    )
    SELECT c.id, c.dispatch, c.organization_id, c.module_id, c.version_id, j.job, j.payload, j.timeout_ms, c.attempts, c.max_attempts,
           j.traceparent
    FROM claimed c JOIN job j ON j.id = c.id;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    IF v_claimed < cardinality(p_ids) THEN
        PERFORM park(p_ids, p_dispatches);
    END IF;
END
$$;

-- Records how attempts ended. A row counts only while its job still carries the lease; a row that does not come back was
-- lost (or recorded before, when the commit's answer was lost) and is dropped alone. A NULL state means: run it again
-- after the delay; if somebody asked to cancel it meanwhile, it is cancelled instead.
CREATE FUNCTION finish(
    p_worker uuid, p_ended_leases uuid[],
    p_ids uuid[], p_leases uuid[], p_states smallint[], p_verdicts text[], p_delays_ms bigint[],
    p_error_codes text[], p_error_messages text[], p_error_details text[], p_results text[], p_cpu_us bigint[], p_memory bigint[]
) RETURNS TABLE (id uuid, ended boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH verdict AS MATERIALIZED (
        SELECT * FROM unnest(p_ids, p_leases, p_states, p_verdicts, p_delays_ms, p_error_codes, p_error_messages, p_error_details,
                             p_results, p_cpu_us, p_memory)
            AS v(id, lease, state, verdict, delay_ms, error_code, error_message, error_details, result, cpu_us, memory)
    ), gone AS (
        DELETE FROM job_live l USING verdict v
        WHERE l.id = v.id AND l.lease = v.lease AND (v.state IS NOT NULL OR l.cancel_requested)
        RETURNING l.id, l.organization_id, l.version_id, l.attempts, l.dispatch, l.progress, l.started_at,
                  COALESCE(v.state, 6::smallint) AS state,
                  CASE WHEN v.state IS NULL THEN 'cancelled' ELSE v.verdict END AS verdict, v.error_code, v.error_message, v.error_details, v.result, v.cpu_us, v.memory
    ), recorded AS (
        INSERT INTO job_outcome (id, organization_id, state, error_code, error_message, error_details, result, version_id, attempts,
                                 dispatch, progress, started_at)
        SELECT g.id, g.organization_id, g.state,
               CASE WHEN g.state = 5 THEN g.error_code END, CASE WHEN g.state = 5 THEN g.error_message END,
               CASE WHEN g.state = 5 THEN g.error_details END, CASE WHEN g.state = 4 THEN g.result END,
               g.version_id, g.attempts, g.dispatch, g.progress, g.started_at
        FROM gone g
    ), released AS (
        UPDATE job_live l
        SET lease = NULL, sent_at = NULL, dispatch = l.dispatch + 1,
            attempts = l.attempts - CASE WHEN v.verdict = 'handed_back' THEN 1 ELSE 0 END::smallint,
            run_at = clock_timestamp() + v.delay_ms * interval '1 millisecond'
        FROM verdict v
        WHERE l.id = v.id AND l.lease = v.lease AND v.state IS NULL AND NOT l.cancel_requested
        RETURNING l.id, l.organization_id, l.version_id, l.dispatch - 1 AS dispatch, l.started_at, v.verdict, v.error_code,
                  v.error_message, v.error_details, v.cpu_us, v.memory
    ), attempted AS (
        INSERT INTO job_attempt (job_id, dispatch, organization_id, worker, version_id, verdict, error_code, error_message,
                                 error_details, started_at, cpu_us, memory_bytes)
        SELECT a.id, a.dispatch, a.organization_id, p_worker, a.version_id, a.verdict, a.error_code, a.error_message, a.error_details,
               a.started_at, a.cpu_us, a.memory
        FROM (SELECT id, dispatch, organization_id, version_id, verdict, error_code, error_message, error_details, started_at, cpu_us, memory FROM gone
              UNION ALL
              SELECT id, dispatch, organization_id, version_id, verdict, error_code, error_message, error_details, started_at, cpu_us, memory FROM released) a
    ), unleased AS (
        DELETE FROM job_lease s WHERE s.id = ANY (p_ended_leases) AND s.worker = p_worker
    )
    SELECT g.id, true FROM gone g UNION ALL SELECT r.id, false FROM released r;
END
$$;

-- Prolongs the leases that have not run out; one that does not come back is lost.
CREATE FUNCTION renew(p_worker uuid, p_ttl interval, p_leases uuid[]) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = faena, pg_temp
AS $$
    UPDATE job_lease SET until = clock_timestamp() + p_ttl
    WHERE id = ANY (p_leases) AND worker = p_worker AND until > clock_timestamp()
    RETURNING id;
$$;

-- The jobs under these leases that somebody asked to cancel: the net below the live event that says so at once.
CREATE FUNCTION cancel_requests(p_worker uuid, p_leases uuid[]) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    SELECT l.id
    FROM job_lease s CROSS JOIN LATERAL unnest(s.job_ids) AS j(id) JOIN job_live l ON l.id = j.id
    WHERE s.id = ANY (p_leases) AND s.worker = p_worker AND l.lease = s.id AND l.cancel_requested;
$$;

-- Appends log lines of jobs that still run under the lease given with each; others are dropped.
CREATE FUNCTION append_logs(p_leases uuid[], p_ids uuid[], p_seqs bigint[], p_at timestamptz[], p_levels smallint[], p_messages text[])
    RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    INSERT INTO job_log (job_id, seq, organization_id, at, level, message)
    SELECT l.id, e.seq, l.organization_id, e.at, e.level, e.message
    FROM unnest(p_leases, p_ids, p_seqs, p_at, p_levels, p_messages) AS e(lease, id, seq, at, level, message)
    JOIN job_live l ON l.id = e.id AND l.lease = e.lease
    ON CONFLICT DO NOTHING;
$$;

-- Keeps the last progress of jobs that still run under the lease given with each.
CREATE FUNCTION report_progress(p_leases uuid[], p_ids uuid[], p_progress text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = faena, pg_temp
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
    UPDATE job_live l SET progress = e.progress
    FROM unnest(p_leases, p_ids, p_progress) AS e(lease, id, progress)
    WHERE l.id = e.id AND l.lease = e.lease;
$$;

REVOKE ALL ON FUNCTION submit, park, claim, finish, renew, cancel_requests, append_logs, report_progress FROM PUBLIC;
-- Grants first: once faena_definer owns a function, the migrator may not grant it any more.
GRANT EXECUTE ON FUNCTION submit TO faena_api;
GRANT EXECUTE ON FUNCTION claim, finish, renew, cancel_requests, append_logs, report_progress TO faena_worker;
ALTER FUNCTION park OWNER TO faena_definer;
ALTER FUNCTION claim OWNER TO faena_definer;
ALTER FUNCTION finish OWNER TO faena_definer;
ALTER FUNCTION renew OWNER TO faena_definer;
ALTER FUNCTION cancel_requests OWNER TO faena_definer;
ALTER FUNCTION append_logs OWNER TO faena_definer;
ALTER FUNCTION report_progress OWNER TO faena_definer;
