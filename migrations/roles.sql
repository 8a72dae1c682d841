-- Database roles (architecture 6). Runs before every migration, as a user who may create roles; safe to repeat.
-- The roles cannot log in until somebody gives them a password (`faena up` does); a login that is a member may SET ROLE.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'faena_migrator',      -- owns schema and tables; no process runs as it
        'faena_definer',       -- owns the functions through which a worker acts; no process runs as it
        'faena_api',           -- requests of one organization, under row-level security
        'faena_dispatcher',    -- admission, reaper, reconcilers: across organizations, never a payload
        'faena_worker',        -- may call the functions claim, finish, renew, ... and nothing else
        'faena_authenticator'  -- login and token look-up
    ] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO faena_migrator', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO faena_api, faena_dispatcher, faena_worker, faena_authenticator',
        current_database());
    EXECUTE format(
        'GRANT faena_migrator, faena_definer, faena_api, faena_dispatcher, faena_worker, faena_authenticator TO %I',
        current_user);
    -- A function is given to faena_definer by its creator, who must be a member.
    GRANT faena_definer TO faena_migrator;
END
$$;
