-- Organizations, people, roles, sessions, tokens, audit and idempotency keys.
-- Tenant transactions set faena.organization_id and faena.user_id with SET LOCAL; policies compare with these.

REVOKE ALL ON SCHEMA faena FROM PUBLIC;
GRANT USAGE ON SCHEMA faena TO faena_definer, faena_api, faena_dispatcher, faena_worker, faena_authenticator;
GRANT CREATE ON SCHEMA faena TO faena_definer;

-- NULLIF: after the first SET LOCAL of a connection the setting is '' and not missing.
CREATE FUNCTION current_organization() RETURNS uuid
    LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('faena.organization_id', true), '')::uuid;
CREATE FUNCTION "current_user_id"() RETURNS uuid
    LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('faena.user_id', true), '')::uuid;

CREATE TABLE organization (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT organization_slug_key UNIQUE (slug),
    CONSTRAINT organization_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$'),
    CONSTRAINT organization_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
);

CREATE TABLE app_user (
    id            uuid PRIMARY KEY,
    email         text NOT NULL,
    display_name  text NOT NULL,
    password_hash text NOT NULL,
    platform_role text,
    locale        text NOT NULL DEFAULT 'es-MX',
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_login_at timestamptz,
    CONSTRAINT app_user_email_key UNIQUE (email),
    CONSTRAINT app_user_email_form CHECK (email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND char_length(email) <= 254),
    CONSTRAINT app_user_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT app_user_password_hash_form CHECK (password_hash LIKE '$argon2id$%'),
    CONSTRAINT app_user_locale_known CHECK (locale IN ('es-MX', 'en'))
);

CREATE TABLE role (
    name        text PRIMARY KEY,
    scope       text NOT NULL,
    permissions text[] NOT NULL,
    CONSTRAINT role_scope_known CHECK (scope IN ('platform', 'organization'))
);
INSERT INTO role (name, scope, permissions) VALUES
    ('platform_admin', 'platform', ARRAY['*:*']),
    ('platform_operator', 'platform', ARRAY['modules:read', 'modules:write', 'audit:read']),
    ('platform_viewer', 'platform', ARRAY['modules:read', 'audit:read']),
    ('owner', 'organization', ARRAY['modules:read', 'activations:write', 'jobs:*', 'members:*', 'tokens:write', 'audit:read']),
    ('administrator', 'organization', ARRAY['modules:read', 'activations:write', 'jobs:*', 'members:*', 'tokens:write', 'audit:read']),
    ('scheduler', 'organization', ARRAY['modules:read', 'jobs:*', 'tokens:write']),
    ('sales', 'organization', ARRAY['modules:read', 'jobs:read', 'jobs:write']),
    ('bot_trainer', 'organization', ARRAY['modules:read', 'jobs:read', 'jobs:write']),
    ('agent', 'organization', ARRAY['modules:read', 'jobs:read', 'jobs:write']),
    ('viewer', 'organization', ARRAY['modules:read', 'jobs:read']);
ALTER TABLE app_user ADD CONSTRAINT app_user_platform_role_fkey FOREIGN KEY (platform_role) REFERENCES role (name);

CREATE TABLE member (
    organization_id uuid NOT NULL REFERENCES organization (id),
    user_id         uuid NOT NULL REFERENCES app_user (id),
    role            text NOT NULL REFERENCES role (name),
    permissions     text[] NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX member_user ON member (user_id);

-- One row a refresh token; `family` is the login that it descends from. A second use of one ends the family.
CREATE TABLE auth_session (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES app_user (id),
    family       uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT auth_session_refresh_hash_key UNIQUE (refresh_hash),
    CONSTRAINT auth_session_refresh_hash_length CHECK (octet_length(refresh_hash) = 32)
);
CREATE INDEX auth_session_family ON auth_session (family);

CREATE TABLE api_token (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization (id),
    user_id         uuid NOT NULL,
    name            text NOT NULL,
    prefix          text NOT NULL,
    secret_hash     bytea NOT NULL,
    permissions     text[] NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    CONSTRAINT api_token_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT api_token_secret_hash_length CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT api_token_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_token_member_fkey FOREIGN KEY (organization_id, user_id) REFERENCES member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX api_token_organization ON api_token (organization_id, id);

-- Append-only; rows of the installation itself belong to the reserved organization.
CREATE TABLE audit_log (
    id              uuid NOT NULL,
    organization_id uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor           text NOT NULL,
    actor_user_id   uuid,
    actor_token_id  uuid,
    action          text NOT NULL,
    subject_kind    text NOT NULL,
    subject         text NOT NULL,
    outcome         text NOT NULL,
    ip              text,
    details         text NOT NULL DEFAULT '{}',
    PRIMARY KEY (id),
    CONSTRAINT audit_log_action_form CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    CONSTRAINT audit_log_outcome_known CHECK (outcome IN ('ok', 'denied', 'failed'))
) PARTITION BY RANGE (id);
CREATE INDEX audit_log_organization ON audit_log (organization_id, id);

CREATE TABLE idempotency_key (
    organization_id uuid NOT NULL REFERENCES organization (id),
    key             text NOT NULL,
    request_hash    bytea NOT NULL,
    response        text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (organization_id, key),
    CONSTRAINT idempotency_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_key_request_hash_length CHECK (octet_length(request_hash) = 32)
);
CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);

INSERT INTO organization (id, slug, name) VALUES ('00000000-0000-7000-8000-000000000001', 'platform', 'Platform');

-- Row-level security: what a request sees of organizations and people is its own organization and its own user.
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organization TO faena_api
    USING (id = (SELECT current_organization())
        OR EXISTS (SELECT FROM member m WHERE m.organization_id = organization.id AND m.user_id = (SELECT "current_user_id"())))
    WITH CHECK (id = (SELECT current_organization()));
CREATE POLICY everything ON organization TO faena_authenticator USING (true);

ALTER TABLE app_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_user FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON app_user FOR SELECT TO faena_api
    USING (id = (SELECT "current_user_id"())
        OR EXISTS (SELECT FROM member m WHERE m.organization_id = (SELECT current_organization()) AND m.user_id = app_user.id));
CREATE POLICY everything ON app_user TO faena_authenticator USING (true) WITH CHECK (true);

ALTER TABLE member ENABLE ROW LEVEL SECURITY;
ALTER TABLE member FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON member TO faena_api
    USING (organization_id = (SELECT current_organization()) OR user_id = (SELECT "current_user_id"()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY everything ON member TO faena_authenticator USING (true) WITH CHECK (true);

ALTER TABLE api_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_token FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_token TO faena_api
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY everything ON api_token TO faena_authenticator USING (true) WITH CHECK (true);

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_log TO faena_api
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY append ON audit_log FOR INSERT TO faena_authenticator WITH CHECK (true);

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency_key TO faena_api
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
CREATE POLICY everything ON idempotency_key TO faena_dispatcher USING (true);

GRANT SELECT, INSERT ON organization TO faena_api;
GRANT SELECT ON organization TO faena_authenticator;
GRANT SELECT (id, email, display_name, locale, is_active, platform_role, created_at) ON app_user TO faena_api;
GRANT SELECT, INSERT, UPDATE (last_login_at) ON app_user TO faena_authenticator;
GRANT SELECT ON role TO faena_api, faena_authenticator;
GRANT SELECT, INSERT, UPDATE, DELETE ON member TO faena_api;
GRANT SELECT ON member TO faena_authenticator;
GRANT SELECT, INSERT, UPDATE ON auth_session TO faena_authenticator;
GRANT SELECT (id, organization_id, user_id, name, prefix, permissions, created_at, expires_at, revoked_at),
    INSERT, UPDATE (revoked_at) ON api_token TO faena_api;
GRANT SELECT ON api_token TO faena_authenticator;
GRANT SELECT, INSERT ON audit_log TO faena_api;
GRANT INSERT ON audit_log TO faena_authenticator;
GRANT SELECT, INSERT, UPDATE (response) ON idempotency_key TO faena_api;
GRANT SELECT (organization_id, key, created_at), DELETE ON idempotency_key TO faena_dispatcher;
