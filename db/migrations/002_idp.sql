-- 002: what the provider needs beside the contract, in schema idp: clients, scopes, grants, token families, keys, throttling, the logout outbox, audit seals.
BEGIN;

-- Clients and scopes made at run time (command line, administration, dynamic registration). Those of the configuration file are never stored here.
CREATE TABLE idp.clients (
    client_id   text        PRIMARY KEY CHECK (length(client_id) BETWEEN 1 AND 200),
    definition  jsonb       NOT NULL,                     -- Identity.Core.Clients.Client; secrets only as SHA-256
    source      text        NOT NULL CHECK (source IN ('command_line', 'administration', 'registration')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE idp.scopes (
    name        text        PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
    definition  jsonb       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
-- Every instance keeps clients, scopes and keys in memory and listens (ARCHITECTURE, "Speed by design").
CREATE FUNCTION idp.notify_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('identity_changed', TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER clients_changed AFTER INSERT OR UPDATE OR DELETE ON idp.clients FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();
CREATE TRIGGER scopes_changed AFTER INSERT OR UPDATE OR DELETE ON idp.scopes FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TABLE idp.signing_keys (
    kid                text        PRIMARY KEY,
    algorithm          text        NOT NULL,              -- ES256, RS256, PS256 ...
    key_use            text        NOT NULL DEFAULT 'sig' CHECK (key_use IN ('sig', 'enc')),
    public_jwk         jsonb       NOT NULL,
    private_protected  bytea       NOT NULL,              -- PKCS#8, encrypted with the master key, bound to kid
    master_key_id      text        NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    activates_at       timestamptz NOT NULL,              -- announced until then (KM-3)
    retires_at         timestamptz NOT NULL,              -- signs until then
    removes_at         timestamptz NOT NULL,              -- published until then, so that what it signed can still be verified
    CHECK (activates_at < retires_at AND retires_at <= removes_at)
);
CREATE TRIGGER signing_keys_changed AFTER INSERT OR UPDATE OR DELETE ON idp.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TABLE idp.data_protection_keys (
    id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    friendly_name  text        NOT NULL,
    xml_protected  bytea       NOT NULL,                  -- encrypted with the master key (KM-2)
    master_key_id  text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- One row a grant of one client by one person in one session that lasts through refresh: ending the row ends the whole family (OA-10).
CREATE TABLE idp.token_families (
    id                   uuid        PRIMARY KEY,
    user_id              uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    session_id           uuid        NOT NULL REFERENCES public.sessions (id) ON DELETE CASCADE,
    client_id            text        NOT NULL,
    scopes               text[]      NOT NULL,
    details              jsonb       NOT NULL DEFAULT '{}',   -- resources, authorization_details, key binding (cnf) ...
    created_at           timestamptz NOT NULL DEFAULT now(),
    absolute_expires_at  timestamptz NOT NULL,
    revoked_at           timestamptz,
    revoked_reason       text
);
CREATE INDEX token_families_session ON idp.token_families (session_id);
CREATE INDEX token_families_user_client ON idp.token_families (user_id, client_id);
CREATE INDEX token_families_expires ON idp.token_families (absolute_expires_at);

-- Codes, device codes, pushed requests, consents, reference tokens (IPersistedGrantStore).
CREATE TABLE idp.grants (
    id           uuid        PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind ~ '^[a-z_]{3,40}$'),
    key_hash     bytea       UNIQUE CHECK (octet_length(key_hash) = 32),  -- SHA-256 of what the client holds; null where nothing is handed out
    user_id      uuid        REFERENCES public.users (id) ON DELETE CASCADE,
    session_id   uuid        REFERENCES public.sessions (id) ON DELETE CASCADE,
    client_id    text        NOT NULL,
    family_id    uuid,
    scopes       text[]      NOT NULL DEFAULT '{}',
    data         jsonb       NOT NULL DEFAULT '{}',
    payload      bytea,                                   -- encrypted
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,                             -- null: until withdrawn (consent)
    consumed_at  timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX grants_expires ON idp.grants (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX grants_session ON idp.grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_user ON idp.grants (user_id, kind) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX grants_one_consent ON idp.grants (user_id, client_id) WHERE kind = 'consent';

-- Attempts counted across instances (BF-7). The key is a keyed hash: no e-mail address, no IP address stands here.
CREATE TABLE idp.throttle_counters (
    key            bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
    count          integer     NOT NULL DEFAULT 0,
    window_ends_at timestamptz NOT NULL,
    blocked_until  timestamptz
);
CREATE INDEX throttle_counters_window ON idp.throttle_counters (window_ends_at);

-- Things that may be seen once: assertion jti, DPoP jti ... (OA-7, OA-15)
CREATE TABLE idp.replay_guard (
    key_hash    bytea       PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX replay_guard_expires ON idp.replay_guard (expires_at);

-- Which clients a session has signed in to: whom to tell when it ends.
CREATE TABLE idp.session_clients (
    session_id   uuid        NOT NULL REFERENCES public.sessions (id) ON DELETE CASCADE,
    client_id    text        NOT NULL,
    first_at     timestamptz NOT NULL DEFAULT now(),
    last_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, client_id)
);

-- The delivery ledger of back-channel logout. Rows are queued in the transaction that ends the session.
CREATE TABLE idp.logout_deliveries (
    id               uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id       uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    client_id        text        NOT NULL,
    reason           text        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    attempts         integer     NOT NULL DEFAULT 0,
    last_status      integer,
    last_error       text,
    delivered_at     timestamptz,
    abandoned_at     timestamptz,
    UNIQUE (session_id, client_id)
);
CREATE INDEX logout_deliveries_due ON idp.logout_deliveries (next_attempt_at) WHERE delivered_at IS NULL AND abandoned_at IS NULL;

-- Seals over the audit log: each covers a span of time, is chained to the one before and carries a MAC whose key is not in the database (LG-3).
CREATE TABLE idp.audit_seals (
    number         bigint      PRIMARY KEY,
    from_time      timestamptz NOT NULL,
    through_time   timestamptz NOT NULL,
    row_count      bigint      NOT NULL,
    digest         bytea       NOT NULL CHECK (octet_length(digest) = 32),
    previous_mac   bytea       NOT NULL,
    mac            bytea       NOT NULL CHECK (octet_length(mac) = 32),
    master_key_id  text        NOT NULL,
    sealed_at      timestamptz NOT NULL DEFAULT now()
);

-- The one event behind every end of a session, whatever the cause: the session row, its token families, its open codes, the logout outbox and the audit
-- row change together or not at all. Returns how many sessions it ended; sessions that are over already are passed over, so it may be called twice.
CREATE FUNCTION idp.end_sessions(session_ids uuid[], reason text, actor_ip inet DEFAULT NULL, actor_user_agent text DEFAULT NULL, extra jsonb DEFAULT '{}')
RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    ended uuid[];
BEGIN
    WITH victims AS (
        SELECT id FROM public.sessions WHERE id = ANY (session_ids) AND is_active ORDER BY id FOR UPDATE),
    done AS (
        UPDATE public.sessions s SET is_active = false, revoked_at = now(), revoked_reason = reason
        FROM victims WHERE s.id = victims.id RETURNING s.id)
    SELECT array_agg(id) INTO ended FROM done;
    IF ended IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE idp.token_families SET revoked_at = now(), revoked_reason = reason WHERE session_id = ANY (ended) AND revoked_at IS NULL;
    UPDATE public.refresh_tokens SET revoked_at = now() WHERE session_id = ANY (ended) AND used_at IS NULL AND revoked_at IS NULL;
    UPDATE idp.grants SET revoked_at = now() WHERE session_id = ANY (ended) AND revoked_at IS NULL AND kind <> 'consent';
    INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason)
        SELECT c.session_id, s.user_id, c.client_id, reason
        FROM idp.session_clients c JOIN public.sessions s ON s.id = c.session_id WHERE c.session_id = ANY (ended)
        ON CONFLICT DO NOTHING;
    INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
        SELECT s.user_id, CASE reason WHEN 'logout' THEN 'logout' WHEN 'expired' THEN 'session_expired' ELSE 'session_revoked' END, 'success',
               actor_ip, actor_user_agent, jsonb_build_object('session_id', s.id, 'reason', reason) || extra
        FROM public.sessions s WHERE s.id = ANY (ended);
    PERFORM pg_notify('identity_logout', '');
    RETURN array_length(ended, 1);
END
$$;

CREATE OR REPLACE FUNCTION public.cleanup_expired_sessions() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    RETURN idp.end_sessions(ARRAY (
        SELECT id FROM public.sessions WHERE is_active AND expires_at <= now()
        ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED), 'expired');
END
$$;

-- Partitions are made and dropped by the owner's right, through these two functions only: the application's role cannot change the schema.
CREATE FUNCTION idp.ensure_audit_partitions(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    month   date;
    created integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('idp.audit_partitions'));
    FOR month IN
        SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                               date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => least(greatest(months_ahead, 1), 24)), interval '1 month')::date
    LOOP
        IF to_regclass('idp.' || quote_ident('audit_logs_' || to_char(month, 'YYYY_MM'))) IS NULL THEN
            EXECUTE format('CREATE TABLE idp.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
                'audit_logs_' || to_char(month, 'YYYY_MM'),
                month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
            created := created + 1;
        END IF;
    END LOOP;
    RETURN created;
END
$$;

-- Drops the partitions that lie wholly before now() - retention. At least 30 days are always kept: a stolen application login cannot wipe its tracks.
CREATE FUNCTION idp.drop_audit_partitions(retention interval DEFAULT interval '90 days') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    partition text;
    dropped   integer := 0;
BEGIN
    IF retention < interval '30 days' THEN
        RAISE EXCEPTION 'audit retention must be 30 days or more' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('idp.audit_partitions'));
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_logs'::regclass AND c.relname ~ '^audit_logs_[0-9]{4}_[0-9]{2}$'
          AND (to_date(substr(c.relname, 12), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= now() - retention
    LOOP
        EXECUTE format('DROP TABLE idp.%I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA idp FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA idp TO identity_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.clients, idp.scopes, idp.signing_keys, idp.data_protection_keys, idp.token_families, idp.grants,
    idp.throttle_counters, idp.replay_guard, idp.session_clients, idp.logout_deliveries TO identity_app;
GRANT SELECT, INSERT ON idp.audit_seals TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (2, '002_idp');
COMMIT;
