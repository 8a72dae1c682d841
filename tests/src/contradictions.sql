-- Takes the place of foreign keys on the tables of jobs: each row is one sentence about something that must not be.
SELECT 'job ' || j.id || ' is neither alive nor ended' FROM faena.job j
    WHERE NOT EXISTS (SELECT FROM faena.job_live l WHERE l.id = j.id) AND NOT EXISTS (SELECT FROM faena.job_outcome o WHERE o.id = j.id)
UNION ALL
SELECT 'job ' || l.id || ' is alive and ended' FROM faena.job_live l JOIN faena.job_outcome o ON o.id = l.id
UNION ALL
SELECT 'live row ' || l.id || ' has no job' FROM faena.job_live l WHERE NOT EXISTS (SELECT FROM faena.job j WHERE j.id = l.id AND j.organization_id = l.organization_id)
UNION ALL
SELECT 'outcome ' || o.id || ' has no job' FROM faena.job_outcome o WHERE NOT EXISTS (SELECT FROM faena.job j WHERE j.id = o.id AND j.organization_id = o.organization_id)
UNION ALL
SELECT 'attempt of ' || a.job_id || ' has no job' FROM faena.job_attempt a WHERE NOT EXISTS (SELECT FROM faena.job j WHERE j.id = a.job_id AND j.organization_id = a.organization_id)
UNION ALL
SELECT 'log of ' || g.job_id || ' has no job' FROM faena.job_log g WHERE NOT EXISTS (SELECT FROM faena.job j WHERE j.id = g.job_id AND j.organization_id = g.organization_id)
UNION ALL
SELECT 'tag of ' || t.job_id || ' has no job' FROM faena.job_tag t WHERE NOT EXISTS (SELECT FROM faena.job j WHERE j.id = t.job_id AND j.organization_id = t.organization_id)
UNION ALL
SELECT 'job ' || l.id || ' carries a lease that is not there' FROM faena.job_live l
    WHERE l.lease IS NOT NULL AND NOT EXISTS (SELECT FROM faena.job_lease s WHERE s.id = l.lease AND l.id = ANY (s.job_ids))
UNION ALL
SELECT 'job ' || o.id || ' completed without an attempt that says so' FROM faena.job_outcome o
    WHERE o.state = 4 AND NOT EXISTS (SELECT FROM faena.job_attempt a WHERE a.job_id = o.id AND a.dispatch = o.dispatch AND a.verdict = 'done')
UNION ALL
SELECT 'job ' || a.job_id || ' was done more than once' FROM faena.job_attempt a WHERE a.verdict = 'done' GROUP BY a.job_id HAVING count(*) > 1
UNION ALL
SELECT 'job ' || j.id || ' belongs to a module that is not there' FROM faena.job j WHERE NOT EXISTS (SELECT FROM faena.module m WHERE m.id = j.module_id)
