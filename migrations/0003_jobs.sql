-- The state model of a job (architecture 3). `job` never changes, `job_live` is narrow and hot, `job_outcome` is final.
-- There are no foreign keys here (they cost 17-42 % of the submit rate); a checker test takes their place.
-- States, wait reasons and log levels are the numbers of faena_contract, never an ENUM: no ENUM operator is leakproof,
-- so that an index over one is useless under row-level security.

CREATE TABLE job (
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    module_id       uuid NOT NULL,
    job             text NOT NULL,
    -- JSON text, to the letter as it came: a number stays 10.00.
    payload         text NOT NULL,
    -- JSON array of strings, NULL when there are none; the rows to search by are in job_tag.
    tags            text,
    priority        smallint NOT NULL,
    timeout_ms      integer NOT NULL,
    max_attempts    smallint NOT NULL,
    unique_key      text,
    traceparent     text,
    submitted_by    uuid,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id),
    CONSTRAINT job_job_form CHECK (job ~ '^[a-z][a-z0-9_]{0,59}$'),
    CONSTRAINT job_payload_size CHECK (octet_length(payload) <= 1048576),
    CONSTRAINT job_priority_range CHECK (priority BETWEEN -100 AND 100),
    CONSTRAINT job_timeout_range CHECK (timeout_ms BETWEEN 1 AND 86400000),
    CONSTRAINT job_max_attempts_range CHECK (max_attempts BETWEEN 1 AND 50),
    CONSTRAINT job_unique_key_length CHECK (char_length(unique_key) BETWEEN 1 AND 256),
    CONSTRAINT job_traceparent_form CHECK (char_length(traceparent) = 55)
) PARTITION BY RANGE (id);
CREATE INDEX job_organization ON job (organization_id, id);
CREATE INDEX job_module ON job (organization_id, module_id, id);

CREATE TABLE job_tag (
    organization_id uuid NOT NULL,
    key             text NOT NULL,
    value           text NOT NULL,
    job_id          uuid NOT NULL,
    PRIMARY KEY (organization_id, key, value, job_id)
) PARTITION BY RANGE (job_id);

-- dispatch, sent_at, lease, started_at and wait_* are in no index and no index predicate: their updates stay HOT.
CREATE TABLE job_live (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL,
    module_id        uuid NOT NULL,
    priority         smallint NOT NULL,
    -- Not before this time; 'infinity' while it waits.
    run_at           timestamptz NOT NULL,
    max_attempts     smallint NOT NULL,
    attempts         smallint NOT NULL DEFAULT 0,
    dispatch         integer NOT NULL DEFAULT 0,
    sent_at          timestamptz,
    lease            uuid,
    started_at       timestamptz,
    version_id       uuid,
    wait_reason      smallint,
    cancel_requested boolean NOT NULL DEFAULT false,
    unique_key       text,
    progress         text,
    CONSTRAINT job_live_wait_reason_known CHECK (wait_reason BETWEEN 1 AND 6),
    CONSTRAINT job_live_waits_without_lease CHECK (wait_reason IS NULL OR lease IS NULL),
    CONSTRAINT job_live_lease_was_sent CHECK (lease IS NULL OR (sent_at IS NOT NULL AND started_at IS NOT NULL AND version_id IS NOT NULL)),
    CONSTRAINT job_live_attempts_range CHECK (attempts BETWEEN 0 AND max_attempts),
    CONSTRAINT job_live_dispatch_positive CHECK (dispatch >= 0)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX job_live_admission ON job_live (priority DESC, run_at, id);
CREATE INDEX job_live_organization ON job_live (organization_id, id);
CREATE UNIQUE INDEX job_live_unique_key ON job_live (organization_id, module_id, unique_key) WHERE unique_key IS NOT NULL;

-- Expiry of a batch of claims, and the way from an expired lease to its rows. The truth is job_live.lease.
CREATE TABLE job_lease (
    id      uuid PRIMARY KEY,
    worker  uuid NOT NULL,
    until   timestamptz NOT NULL,
    job_ids uuid[] NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE job_outcome (
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    state           smallint NOT NULL,
    error_code      text,
    error_message   text,
    error_details   text,
    result          text,
    version_id      uuid,
    attempts        smallint NOT NULL,
    dispatch        integer NOT NULL,
    progress        text,
    started_at      timestamptz,
    finished_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id),
    CONSTRAINT job_outcome_state_final CHECK (state IN (4, 5, 6)),
    CONSTRAINT job_outcome_result_iff_completed CHECK ((state = 4) = (result IS NOT NULL)),
    CONSTRAINT job_outcome_error_iff_failed CHECK ((state = 5) = (error_code IS NOT NULL AND error_message IS NOT NULL)),
    CONSTRAINT job_outcome_error_code_form CHECK (error_code ~ '^[A-Z][A-Z0-9_-]{0,99}$'),
    CONSTRAINT job_outcome_result_size CHECK (octet_length(result) <= 1048576)
) PARTITION BY RANGE (id);
CREATE INDEX job_outcome_state ON job_outcome (organization_id, state, id);

-- One row a finished dispatch.
CREATE TABLE job_attempt (
    job_id          uuid NOT NULL,
    dispatch        integer NOT NULL,
    organization_id uuid NOT NULL,
    worker          uuid NOT NULL,
    version_id      uuid NOT NULL,
    verdict         text NOT NULL,
    error_code      text,
    error_message   text,
    error_details   text,
    started_at      timestamptz NOT NULL,
    finished_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    cpu_us          bigint NOT NULL DEFAULT 0,
    memory_bytes    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (job_id, dispatch),
    CONSTRAINT job_attempt_verdict_known CHECK (verdict IN ('done', 'retry', 'failed', 'cancelled', 'worker_lost', 'handed_back')),
    CONSTRAINT job_attempt_usage_positive CHECK (cpu_us >= 0 AND memory_bytes >= 0)
) PARTITION BY RANGE (job_id);

CREATE TABLE job_log (
    job_id          uuid NOT NULL,
    -- dispatch * 2^32 + number of the line: rises over all attempts.
    seq             bigint NOT NULL,
    organization_id uuid NOT NULL,
    at              timestamptz NOT NULL,
    level           smallint NOT NULL,
    message         text NOT NULL,
    PRIMARY KEY (job_id, seq),
    CONSTRAINT job_log_level_known CHECK (level BETWEEN 1 AND 4),
    CONSTRAINT job_log_message_size CHECK (octet_length(message) <= 16384)
) PARTITION BY RANGE (job_id);

-- What happened to a job beside its attempts: asked to cancel, parked, resumed, retried by a person.
CREATE TABLE job_event (
    job_id          uuid NOT NULL,
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind            text NOT NULL,
    actor           text NOT NULL,
    PRIMARY KEY (job_id, id),
    CONSTRAINT job_event_kind_known CHECK (kind IN ('cancel_requested', 'cancelled', 'parked', 'resumed', 'retried', 'worker_lost'))
) PARTITION BY RANGE (job_id);

-- Partitions by month of the UUIDv7, a default one as the net below them, and a function that makes those to come.
CREATE FUNCTION uuid_of_time(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT
    RETURN (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

CREATE FUNCTION ensure_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = faena, pg_temp
AS $$
DECLARE
    parent text;
    first  timestamp;
    child  text;
    made   integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('faena.ensure_partitions'));
    FOREACH parent IN ARRAY ARRAY['job', 'job_tag', 'job_outcome', 'job_attempt', 'job_log', 'job_event', 'audit_log'] LOOP
        FOR first IN SELECT generate_series(
            date_trunc('month', now() AT TIME ZONE 'UTC'),
            date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead),
            interval '1 month')
        LOOP
            child := parent || to_char(first, '_YYYY_MM');
            CONTINUE WHEN to_regclass('faena.' || child) IS NOT NULL;
            EXECUTE format('CREATE TABLE faena.%I PARTITION OF faena.%I FOR VALUES FROM (%L) TO (%L)',
                child, parent,
                uuid_of_time(first AT TIME ZONE 'UTC'),
                uuid_of_time((first + interval '1 month') AT TIME ZONE 'UTC'));
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION ensure_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(integer) TO faena_dispatcher;
SELECT ensure_partitions(3);
DO $$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['job', 'job_tag', 'job_outcome', 'job_attempt', 'job_log', 'job_event', 'audit_log'] LOOP
        EXECUTE format('CREATE TABLE faena.%I PARTITION OF faena.%I DEFAULT', parent || '_default', parent);
    END LOOP;
END
$$;

-- The one place that derives the state of a job; compared with job_lifecycle.rs by a test.
CREATE FUNCTION job_state(outcome_state smallint, wait_reason smallint, lease uuid) RETURNS smallint
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(outcome_state, CASE WHEN wait_reason IS NOT NULL THEN 3::smallint
                                        WHEN lease IS NOT NULL THEN 2::smallint
                                        ELSE 1::smallint END);

-- Row-level security. A worker has no right on any of these tables: it acts through functions of faena_definer.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['job', 'job_tag', 'job_live', 'job_outcome', 'job_attempt', 'job_log', 'job_event'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I TO faena_api
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['job', 'job_live', 'job_outcome', 'job_attempt', 'job_log', 'job_event'] LOOP
        EXECUTE format('CREATE POLICY definer ON %I TO faena_definer USING (true) WITH CHECK (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['job', 'job_live', 'job_outcome', 'job_attempt', 'job_event'] LOOP
        EXECUTE format('CREATE POLICY everything ON %I TO faena_dispatcher USING (true) WITH CHECK (true)', name);
    END LOOP;
END
$$;

GRANT SELECT, INSERT ON job, job_tag, job_event TO faena_api;
GRANT SELECT, INSERT, DELETE, UPDATE (cancel_requested) ON job_live TO faena_api;
GRANT SELECT, INSERT, DELETE ON job_outcome TO faena_api;
GRANT SELECT ON job_attempt, job_log TO faena_api;

GRANT SELECT ON job TO faena_definer;
GRANT SELECT, UPDATE, DELETE ON job_live TO faena_definer;
GRANT SELECT, INSERT, UPDATE, DELETE ON job_lease TO faena_definer;
GRANT SELECT (id), INSERT ON job_outcome TO faena_definer;
GRANT INSERT ON job_attempt, job_log, job_event TO faena_definer;

GRANT SELECT (id, organization_id, traceparent) ON job TO faena_dispatcher;
GRANT SELECT, UPDATE, DELETE ON job_live TO faena_dispatcher;
GRANT SELECT, DELETE, UPDATE (until) ON job_lease TO faena_dispatcher; -- UPDATE for its row locks
GRANT SELECT (id, state, error_code, error_message, error_details), INSERT ON job_outcome TO faena_dispatcher;
GRANT INSERT ON job_attempt, job_event TO faena_dispatcher;
