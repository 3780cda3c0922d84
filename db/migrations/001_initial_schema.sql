-- 001: the six tables of the public contract, their 22 indexes, 2 views, 3 functions and 1 trigger (db/README.md).
-- Runs by `identity migrate up` and by plain psql:  psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/migrations/001_initial_schema.sql
-- One transaction: it is applied whole or not at all, and it checks itself at its end.
BEGIN;

-- Schema idp holds everything that is not the contract. The contract's only tenants there are the monthly partitions of audit_logs
-- (so that schema public shows exactly six tables) and the bookkeeping of migrations.
CREATE SCHEMA IF NOT EXISTS idp;
CREATE TABLE idp.schema_migrations (
    version     integer     PRIMARY KEY,
    name        text        NOT NULL UNIQUE,
    checksum    bytea,                                    -- SHA-256 of the file; null when applied by plain psql
    applied_at  timestamptz NOT NULL DEFAULT now()
);

-- The application connects as a member of this role: it reads and writes rows, and can neither change the schema nor touch the past (DB-6).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'identity_app') THEN
        CREATE ROLE identity_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the cluster was migrated at the same moment
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'role identity_app is missing and this user may not create it: have an administrator run CREATE ROLE identity_app NOLOGIN';
END
$$;

CREATE TABLE public.users (
    id                          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),   -- v4: "sub" is public and tells no creation time
    email                       text        NOT NULL
        CONSTRAINT users_email_format CHECK (length(email) <= 254 AND email ~ '^[^@[:space:][:cntrl:]<>()\[\],;:\\"]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'),
    email_verified              boolean     NOT NULL DEFAULT false,
    password_hash               text
        CONSTRAINT users_password_hash_not_empty CHECK (password_hash <> ''),
    password_changed_at         timestamptz,
    two_factor_enabled          boolean     NOT NULL DEFAULT false,
    two_factor_secret           bytea,                    -- encrypted, bound to this row's id; never the secret itself (MF-3)
    two_factor_last_step        bigint,                   -- the last accepted TOTP time step: each works once (MF-1)
    failed_login_attempts       integer     NOT NULL DEFAULT 0
        CONSTRAINT users_failed_login_attempts_range CHECK (failed_login_attempts BETWEEN 0 AND 10),
    account_locked_until        timestamptz,
    is_disabled                 boolean     NOT NULL DEFAULT false,                  -- switched off by an administrator (SE-7)
    last_login_at               timestamptz,
    last_login_ip               inet,
    name                        text, given_name text, family_name text, middle_name text, nickname text, preferred_username text,
    profile                     text, picture text, website text, gender text, birthdate text, zoneinfo text, locale text,
    phone_number                text,
    phone_number_verified       boolean     NOT NULL DEFAULT false,
    address                     jsonb,                    -- the OIDC address claim (OIDC Core 5.1.1)
    created_at                  timestamptz NOT NULL DEFAULT now(),
    updated_at                  timestamptz NOT NULL DEFAULT now(),
    deleted_at                  timestamptz
);

CREATE TABLE public.sessions (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),           -- v7 when made by the application
    user_id             uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token_hash          bytea       NOT NULL CONSTRAINT sessions_token_hash_length CHECK (octet_length(token_hash) = 32),
    refresh_token_hash  bytea       CONSTRAINT sessions_refresh_token_hash_length CHECK (octet_length(refresh_token_hash) = 32),
    ip_address          inet,
    user_agent          text        CONSTRAINT sessions_user_agent_length CHECK (length(user_agent) <= 512),
    device_fingerprint  text        CONSTRAINT sessions_device_fingerprint_length CHECK (length(device_fingerprint) <= 128),
    client_id           text,                             -- set when the session belongs to one client only (offline access, device grant)
    is_active           boolean     NOT NULL DEFAULT true,
    created_at          timestamptz NOT NULL DEFAULT now(),
    last_activity_at    timestamptz NOT NULL DEFAULT now(),
    expires_at          timestamptz NOT NULL,
    revoked_at          timestamptz,
    revoked_reason      text,
    auth_time           timestamptz NOT NULL DEFAULT now(),
    amr                 text[]      NOT NULL DEFAULT '{}',                           -- RFC 8176 values
    acr                 text,
    step_up_at          timestamptz,                      -- when the person last proved themselves anew in this session (SE-10)
    CONSTRAINT sessions_expires_after_created CHECK (expires_at > created_at),
    CONSTRAINT sessions_revoked_is_inactive CHECK (revoked_at IS NULL OR NOT is_active)
);

CREATE TABLE public.password_reset_tokens (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token_hash  bytea       NOT NULL CONSTRAINT password_reset_tokens_token_hash_length CHECK (octet_length(token_hash) = 32),
    ip_address  inet,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '1 hour',
    used_at     timestamptz
);

CREATE TABLE public.email_verification_tokens (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    email       text        NOT NULL CONSTRAINT email_verification_tokens_email_length CHECK (length(email) <= 254),
    token_hash  bytea       NOT NULL CONSTRAINT email_verification_tokens_token_hash_length CHECK (octet_length(token_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    used_at     timestamptz
);

CREATE TABLE public.audit_logs (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    user_id       uuid,                                   -- no foreign key: an audit row outlives the account, pseudonymised (PR-1)
    event_type    text        NOT NULL CONSTRAINT audit_logs_event_type CHECK (event_type ~ '^[a-z0-9][a-z0-9_]{1,63}$'),
    event_status  text        NOT NULL CONSTRAINT audit_logs_event_status CHECK (event_status IN ('success', 'failure', 'blocked', 'pending')),
    ip_address    inet,
    user_agent    text        CONSTRAINT audit_logs_user_agent_length CHECK (length(user_agent) <= 512),
    details       jsonb       NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- A net below the monthly partitions: an event is never lost because the calendar ran ahead of maintenance.
CREATE TABLE idp.audit_logs_default PARTITION OF public.audit_logs DEFAULT;
DO $$
DECLARE
    month date;
BEGIN
    FOR month IN
        SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month',
                               date_trunc('month', now() AT TIME ZONE 'UTC') + interval '6 months', interval '1 month')::date
    LOOP
        EXECUTE format('CREATE TABLE idp.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
            'audit_logs_' || to_char(month, 'YYYY_MM'),
            month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
    END LOOP;
END
$$;

CREATE TABLE public.refresh_tokens (
    id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id        uuid        NOT NULL REFERENCES public.sessions (id) ON DELETE CASCADE,
    token_hash        bytea       NOT NULL
        CONSTRAINT refresh_tokens_token_hash_length CHECK (octet_length(token_hash) = 32)
        CONSTRAINT refresh_tokens_token_hash_key UNIQUE,  -- also how a *used* token is found (db/indexes.md)
    parent_token_id   uuid,                               -- the token it replaced; no foreign key, so that old generations can be cleaned away
    family_id         uuid        NOT NULL,
    generation        integer     NOT NULL DEFAULT 0,
    client_id         text        NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    expires_at        timestamptz NOT NULL DEFAULT now() + interval '7 days',
    used_at           timestamptz,
    revoked_at        timestamptz,
    payload           bytea,                              -- what the protocol engine needs to go on with the grant, encrypted
    successor_sealed  bytea,                              -- the successor, readable only with this very token, for the grace window (OA-10)
    CONSTRAINT refresh_tokens_family_generation_key UNIQUE (family_id, generation)   -- at most one child of a generation: no fork, ever
);

-- users (4)
CREATE UNIQUE INDEX idx_users_email ON public.users (lower(email COLLATE "C")) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_created_at ON public.users (created_at DESC);
CREATE INDEX idx_users_last_login_at ON public.users (last_login_at DESC);
CREATE INDEX idx_users_account_locked_until ON public.users (account_locked_until) WHERE account_locked_until IS NOT NULL;
-- sessions (5)
CREATE INDEX idx_sessions_user_id ON public.sessions (user_id) WHERE is_active;
CREATE UNIQUE INDEX idx_sessions_token_hash ON public.sessions (token_hash) WHERE is_active;
CREATE INDEX idx_sessions_expires_at ON public.sessions (expires_at) WHERE is_active;
CREATE INDEX idx_sessions_last_activity_at ON public.sessions (last_activity_at DESC);
CREATE INDEX idx_sessions_user_active_expires ON public.sessions (user_id, is_active, expires_at);
-- password_reset_tokens (3)
CREATE INDEX idx_password_reset_tokens_user_id ON public.password_reset_tokens (user_id);
CREATE UNIQUE INDEX idx_password_reset_tokens_token_hash ON public.password_reset_tokens (token_hash);
CREATE INDEX idx_password_reset_tokens_expires_at ON public.password_reset_tokens (expires_at);
-- email_verification_tokens (2)
CREATE INDEX idx_email_verification_tokens_user_id ON public.email_verification_tokens (user_id);
CREATE UNIQUE INDEX idx_email_verification_tokens_token_hash ON public.email_verification_tokens (token_hash);
-- audit_logs (5), one of each a partition
CREATE INDEX idx_audit_logs_user_created ON public.audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_event_type_created ON public.audit_logs (event_type, created_at DESC);
CREATE INDEX idx_audit_logs_created_at ON public.audit_logs (created_at DESC);
CREATE INDEX idx_audit_logs_ip_created ON public.audit_logs (ip_address, created_at DESC);
CREATE INDEX idx_audit_logs_status_type ON public.audit_logs (event_status, event_type);
-- refresh_tokens (3)
CREATE INDEX idx_refresh_tokens_token_hash ON public.refresh_tokens (token_hash) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX idx_refresh_tokens_session_id ON public.refresh_tokens (session_id);
CREATE INDEX idx_refresh_tokens_expires_at ON public.refresh_tokens (expires_at);

CREATE VIEW public.active_sessions AS
SELECT s.id AS session_id, s.user_id, u.email, u.email_verified, u.name, s.ip_address, s.user_agent, s.device_fingerprint, s.client_id,
       s.auth_time, s.amr, s.acr, s.created_at, s.last_activity_at, s.expires_at
FROM public.sessions s
JOIN public.users u ON u.id = s.user_id
WHERE s.is_active AND s.expires_at > now() AND u.deleted_at IS NULL;

CREATE VIEW public.user_security_status AS
SELECT u.id AS user_id, u.email, u.email_verified, u.failed_login_attempts, u.account_locked_until,
       coalesce(u.account_locked_until > now(), false) AS is_locked, u.is_disabled, u.two_factor_enabled, u.password_changed_at,
       u.last_login_at, u.last_login_ip,
       (SELECT count(*) FROM public.sessions s WHERE s.user_id = u.id AND s.is_active AND s.expires_at > now()) AS active_session_count,
       last_event.event_type AS last_event_type, last_event.event_status AS last_event_status, last_event.created_at AS last_event_at
FROM public.users u
LEFT JOIN LATERAL (
    SELECT a.event_type, a.event_status, a.created_at FROM public.audit_logs a
    WHERE a.user_id = u.id ORDER BY a.created_at DESC LIMIT 1) last_event ON true
WHERE u.deleted_at IS NULL;

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- At most 10,000 rows a call, rows that someone else holds are passed over: it never stalls a sign-in. Call again while it returns 10,000.
CREATE FUNCTION public.cleanup_expired_sessions() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    ended integer;
BEGIN
    WITH expired AS (
        SELECT id FROM public.sessions WHERE is_active AND expires_at <= now()
        ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED)
    UPDATE public.sessions s SET is_active = false, revoked_at = now(), revoked_reason = 'expired'
    FROM expired WHERE s.id = expired.id;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;

-- At most 10,000 rows of each kind a call; call again while it returns anything.
CREATE FUNCTION public.cleanup_expired_tokens() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    removed integer := 0;
    batch   integer;
BEGIN
    DELETE FROM public.password_reset_tokens WHERE id IN (
        SELECT id FROM public.password_reset_tokens WHERE expires_at < now() - interval '7 days'
        ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS batch = ROW_COUNT;
    removed := removed + batch;
    DELETE FROM public.email_verification_tokens WHERE id IN (
        SELECT id FROM public.email_verification_tokens WHERE expires_at < now() - interval '7 days'
        LIMIT 10000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS batch = ROW_COUNT;
    removed := removed + batch;
    DELETE FROM public.refresh_tokens WHERE id IN (
        SELECT id FROM public.refresh_tokens WHERE expires_at < now() - interval '30 days'
        ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS batch = ROW_COUNT;
    RETURN removed + batch;
END
$$;

REVOKE ALL ON FUNCTION public.cleanup_expired_sessions(), public.cleanup_expired_tokens() FROM PUBLIC;
GRANT USAGE ON SCHEMA public, idp TO identity_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.users, public.sessions, public.password_reset_tokens, public.email_verification_tokens,
    public.refresh_tokens TO identity_app;
GRANT SELECT, INSERT ON public.audit_logs TO identity_app;
GRANT SELECT ON public.active_sessions, public.user_security_status, idp.schema_migrations TO identity_app;
GRANT EXECUTE ON FUNCTION public.cleanup_expired_sessions(), public.cleanup_expired_tokens() TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (1, '001_initial_schema');

DO $$
DECLARE
    tables integer; indexes integer; functions integer; views integer; triggers integer;
BEGIN
    SELECT count(*) INTO tables FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relname IN ('users', 'sessions', 'refresh_tokens', 'password_reset_tokens', 'email_verification_tokens', 'audit_logs');
    SELECT count(*) INTO indexes FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('i', 'I') AND c.relname LIKE 'idx\_%';
    SELECT count(*) INTO functions FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND p.proname IN ('cleanup_expired_sessions', 'cleanup_expired_tokens', 'update_updated_at_column');
    SELECT count(*) INTO views FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
        AND c.relname IN ('active_sessions', 'user_security_status');
    SELECT count(*) INTO triggers FROM pg_trigger t WHERE t.tgrelid = 'public.users'::regclass AND NOT t.tgisinternal;
    IF (tables, indexes, functions, views, triggers) IS DISTINCT FROM (6, 22, 3, 2, 1) THEN
        RAISE EXCEPTION 'the schema is not whole: % tables, % indexes, % functions, % views, % triggers (6, 22, 3, 2, 1 expected)',
            tables, indexes, functions, views, triggers;
    END IF;
END
$$;

COMMIT;
