-- Takes the next due jobs in the order priority, run_at, id, and marks them as sent. A job that was sent longer
-- ago than $2 and before the oldest envelope in the queue ($3, first in first out), and never claimed, is one whose
-- envelope was lost: it is sent again, in its order. Rows that are leased or were just sent
-- stay in the index before the candidates; they are at most the window plus what is running.
-- One probe a priority level that exists, so that rows of a high priority that are not due yet are never walked over.
-- $1 how many at most, $2 grace, $3 when the oldest envelope in the queue was sent, in ms since the epoch, or NULL.
WITH RECURSIVE lost AS (
    SELECT LEAST(now() - $2::interval, to_timestamp($3 / 1000.0) - interval '1 second') AS before
), level AS (
    (SELECT priority FROM job_live ORDER BY priority DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT l.priority FROM job_live l WHERE l.priority < level.priority ORDER BY l.priority DESC LIMIT 1)
    FROM level WHERE level.priority IS NOT NULL
), candidate AS MATERIALIZED (
    SELECT due.id
    FROM level CROSS JOIN LATERAL (
        SELECT l.id, l.run_at FROM job_live l
        WHERE l.priority = level.priority AND l.run_at <= now()
          AND l.lease IS NULL AND (l.sent_at IS NULL OR l.sent_at < (SELECT before FROM lost))
        ORDER BY l.run_at, l.id LIMIT $1) due
    WHERE level.priority IS NOT NULL
    ORDER BY level.priority DESC, due.run_at, due.id
    LIMIT $1
), locked AS MATERIALIZED (
    SELECT l.id FROM job_live l JOIN candidate USING (id)
    WHERE l.lease IS NULL AND (l.sent_at IS NULL OR l.sent_at < (SELECT before FROM lost))
    ORDER BY l.id FOR UPDATE OF l
), sent AS (
    UPDATE job_live l SET dispatch = l.dispatch + 1, sent_at = clock_timestamp()
    FROM locked WHERE l.id = locked.id
    RETURNING l.id, l.dispatch, l.sent_at, l.priority, l.run_at
)
SELECT s.id, s.dispatch, (extract(epoch FROM s.sent_at) * 1000)::bigint AS sent_at_ms, j.traceparent
FROM sent s JOIN job j ON j.id = s.id
ORDER BY s.priority DESC, s.run_at, s.id
