-- Modules, their versions and packages (no tenant: they belong to the installation), trusted keys, activations.

CREATE TABLE signing_key (
    id             text PRIMARY KEY,
    public_key     bytea NOT NULL,
    -- The names that it may sign: one name, or everything when NULL.
    module_prefix  text,
    is_development boolean NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT signing_key_id_form CHECK (id ~ '^[0-9a-f]{16}$'),
    CONSTRAINT signing_key_public_key_length CHECK (octet_length(public_key) = 32)
);

CREATE TABLE module (
    id                uuid PRIMARY KEY,
    name              text NOT NULL,
    state             smallint NOT NULL,
    active_version_id uuid,
    -- While INSTALLING: what is being installed, and the job that does it.
    installing_version_id uuid,
    install_job_id    uuid,
    -- Why the last installation failed, as a JSON job error.
    reason            text,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT module_name_key UNIQUE (name),
    CONSTRAINT module_name_form CHECK (name ~ '^[a-z][a-z0-9-]{1,39}$'),
    CONSTRAINT module_state_known CHECK (state BETWEEN 1 AND 6),
    CONSTRAINT module_installing CHECK ((state IN (2, 5)) = (install_job_id IS NOT NULL AND installing_version_id IS NOT NULL)),
    CONSTRAINT module_serving_has_version CHECK (state NOT IN (3, 4, 5) OR active_version_id IS NOT NULL)
);

CREATE TABLE module_version (
    id           uuid PRIMARY KEY,
    module_id    uuid NOT NULL REFERENCES module (id),
    version      text NOT NULL,
    digest       text NOT NULL,
    component_digest text NOT NULL,
    -- The manifest as JSON, with the JSON Schemas of the jobs in place of their paths.
    manifest     text NOT NULL,
    -- NULL only for the module of the installation itself, which is compiled into the worker.
    key_id       text REFERENCES signing_key (id),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT module_version_version_key UNIQUE (module_id, version),
    CONSTRAINT module_version_module_key UNIQUE (module_id, id),
    CONSTRAINT module_version_digest_form CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
    CONSTRAINT module_version_component_digest_form CHECK (component_digest ~ '^sha256:[0-9a-f]{64}$')
);
ALTER TABLE module ADD CONSTRAINT module_active_version_fkey
    FOREIGN KEY (id, active_version_id) REFERENCES module_version (module_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE module ADD CONSTRAINT module_installing_version_fkey
    FOREIGN KEY (id, installing_version_id) REFERENCES module_version (module_id, id);

-- Apart from module_version, so that lists never touch the bytes.
CREATE TABLE module_package (
    version_id uuid PRIMARY KEY REFERENCES module_version (id),
    package    bytea NOT NULL,
    component  bytea NOT NULL,
    CONSTRAINT module_package_size CHECK (octet_length(package) <= 67108864)
);
ALTER TABLE module_package ALTER COLUMN package SET STORAGE EXTERNAL;

CREATE TABLE module_activation (
    organization_id uuid NOT NULL REFERENCES organization (id),
    module_id       uuid NOT NULL REFERENCES module (id),
    active          boolean NOT NULL,
    settings        text NOT NULL DEFAULT '{}',
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (organization_id, module_id)
);
-- The module of the installation itself: its one job installs modules, and the worker brings its code along.
INSERT INTO module (id, name, state, active_version_id)
    VALUES ('00000000-0000-7000-8000-000000000002', 'platform', 3, '00000000-0000-7000-8000-000000000003');
INSERT INTO module_version (id, module_id, version, digest, component_digest, manifest)
    VALUES ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002', '1.0.0',
            'sha256:' || repeat('0', 64), 'sha256:' || repeat('0', 64), '{}');
INSERT INTO module_activation (organization_id, module_id, active)
    VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', true);

ALTER TABLE module_activation ENABLE ROW LEVEL SECURITY;
ALTER TABLE module_activation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON module_activation TO faena_api
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY everything ON module_activation FOR SELECT TO faena_definer, faena_dispatcher USING (true);

GRANT SELECT, INSERT ON signing_key TO faena_api;
GRANT SELECT, INSERT ON module TO faena_api;
GRANT UPDATE (state, installing_version_id, install_job_id, reason) ON module TO faena_api, faena_dispatcher;
-- Only the outcome of an installation says which version serves.
GRANT UPDATE (active_version_id) ON module TO faena_dispatcher;
GRANT SELECT ON module TO faena_dispatcher, faena_definer;
GRANT SELECT, INSERT ON module_version TO faena_api;
GRANT SELECT ON module_version TO faena_worker;
GRANT SELECT, INSERT ON module_package TO faena_api;
GRANT SELECT (version_id, component) ON module_package TO faena_worker;
GRANT SELECT, INSERT, UPDATE ON module_activation TO faena_api;
GRANT SELECT ON module_activation TO faena_definer, faena_dispatcher;
