-- When the next job that is not due yet becomes due: one probe a priority level.
WITH RECURSIVE level AS (
    (SELECT priority FROM job_live ORDER BY priority DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT l.priority FROM job_live l WHERE l.priority < level.priority ORDER BY l.priority DESC LIMIT 1)
    FROM level WHERE level.priority IS NOT NULL
)
SELECT min((SELECT l.run_at FROM job_live l
            WHERE l.priority = level.priority AND l.run_at > now() AND l.run_at < 'infinity'
            ORDER BY l.run_at LIMIT 1))
FROM level WHERE level.priority IS NOT NULL
