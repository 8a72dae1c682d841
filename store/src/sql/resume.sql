-- Puts back what was parked because its module or activation was switched off, and no longer is. Waiting rows stand
-- under run_at = 'infinity', where the index finds them.
-- $1 how many at most.
WITH RECURSIVE level AS (
    (SELECT priority FROM job_live ORDER BY priority DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT l.priority FROM job_live l WHERE l.priority < level.priority ORDER BY l.priority DESC LIMIT 1)
    FROM level WHERE level.priority IS NOT NULL
), parked AS MATERIALIZED (
    SELECT l.id
    FROM level
    JOIN job_live l ON l.priority = level.priority AND l.run_at = 'infinity' AND l.wait_reason = 6
    JOIN module m ON m.id = l.module_id AND m.state IN (3, 5)
    JOIN module_activation a ON a.organization_id = l.organization_id AND a.module_id = l.module_id AND a.active
    WHERE level.priority IS NOT NULL
    ORDER BY l.id LIMIT $1 FOR UPDATE OF l
), resumed AS (
    UPDATE job_live l SET wait_reason = NULL, run_at = clock_timestamp()
    FROM parked WHERE l.id = parked.id AND l.wait_reason = 6
    RETURNING l.id, l.organization_id
), noted AS (
    INSERT INTO job_event (job_id, id, organization_id, kind, actor)
    SELECT id, gen_random_uuid(), organization_id, 'resumed', 'system' FROM resumed
)
SELECT count(*) FROM resumed
