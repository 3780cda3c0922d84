-- 012: partitions that nobody waits for, indexes for what is looked for and cleaned away at a million people, and less
-- to write. On a database with millions of rows run db/prepare_012.sql first: it builds the indexes without a lock.
BEGIN;
-- A migration that waits for a lock makes everybody wait behind it. It rather fails, and is run again.
SET LOCAL lock_timeout = '3s';

-- The person of a browser: asked at each sign-in, whatever the history of the account.
CREATE INDEX IF NOT EXISTS sessions_device ON public.sessions (user_id, device_fingerprint, created_at)
    WHERE device_fingerprint IS NOT NULL;
-- Browser sessions by the time they were last used: what is idle is at its beginning.
CREATE INDEX IF NOT EXISTS sessions_idle ON public.sessions (last_activity_at, id)
    WHERE is_active AND client_id IS NULL;
-- Ended sessions by their end: what is kept long enough is at its beginning.
CREATE INDEX IF NOT EXISTS sessions_ended ON public.sessions (coalesce(revoked_at, expires_at)) WHERE NOT is_active;
CREATE INDEX IF NOT EXISTS email_verification_tokens_expires ON public.email_verification_tokens (expires_at);
CREATE INDEX IF NOT EXISTS trusted_devices_expires ON idp.trusted_devices (expires_at);
CREATE INDEX IF NOT EXISTS registration_tokens_expires ON idp.registration_tokens (expires_at)
    WHERE expires_at IS NOT NULL;
-- What people read of their own account. Refreshes are nine in ten events, are never shown, and are not in it.
CREATE INDEX IF NOT EXISTS audit_logs_activity ON public.audit_logs (user_id, created_at DESC, id)
    WHERE event_type NOT IN ('token_refreshed', 'token_issued');

-- Search of people by any part of the address or the name. Where the server has no pg_trgm, or the owner may not
-- create it, search works and is slow.
DO $$
DECLARE
    place text;
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA idp;
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE NOTICE 'pg_trgm is not available (%): the search of people reads the whole table', SQLERRM;
    END;
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
    IF place IS NOT NULL THEN
        EXECUTE format('CREATE INDEX IF NOT EXISTS users_search ON public.users USING gin '
            || '(lower(email || '' '' || coalesce(name, '''')) %I.gin_trgm_ops) WITH (gin_pending_list_limit = 512) '
            || 'WHERE deleted_at IS NULL', place);
    END IF;
END
$$;

-- Room on the page for the next version of a row whose indexed columns do not change.
ALTER TABLE public.users SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE public.sessions SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE public.refresh_tokens SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE idp.token_families SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE idp.grants SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE idp.session_clients SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE idp.throttle_counters SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- A time-ordered id (RFC 9562, version 7): rows of one moment share pages of the index, so that fewer pages are
-- written whole after a checkpoint.
CREATE FUNCTION idp.uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid
$$;
ALTER TABLE public.audit_logs ALTER COLUMN id SET DEFAULT idp.uuid_v7();

-- People with many active sessions, as the maintenance job session-counts found them. The alert counts them anew.
CREATE TABLE idp.session_counts (
    user_id   uuid        PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
    active    integer     NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT now()
);

-- The partitions of the audit log, with their bounds. The default partition has none.
CREATE FUNCTION idp.audit_partitions() RETURNS TABLE (partition name, lower timestamptz, upper timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
    SELECT relname, bounds[1]::timestamptz, bounds[2]::timestamptz
    FROM (SELECT c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(.+)''\) TO \(''(.+)''\)') AS bounds
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.audit_logs'::regclass) p
    WHERE bounds IS NOT NULL
$$;

CREATE FUNCTION idp.audit_default_is_empty() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT NOT EXISTS (SELECT FROM idp.audit_logs_default)
$$;

-- Makes the months ahead. A month is a table of its own first, and is attached then, which no writer waits for. Readers
-- of the default partition may hold it up: it gives up after 20 ms (55P03) and is called again.
CREATE OR REPLACE FUNCTION idp.ensure_audit_partitions(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '20ms' AS $$
DECLARE
    month   timestamptz;
    monthly name;
    created integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('idp.audit_partitions')) THEN
        RETURN 0;
    END IF;
    FOR month IN
        SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n)) AT TIME ZONE 'UTC'
        FROM generate_series(0, least(greatest(months_ahead, 1), 24)) n
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM idp.audit_partitions() p WHERE p.lower <= month AND p.upper > month);
        -- Rows of this month stand in the default partition: idp.heal_audit_partitions() takes them out first.
        CONTINUE WHEN EXISTS (SELECT FROM idp.audit_logs_default WHERE created_at >= month AND created_at < month + interval '1 month');
        monthly := 'audit_logs_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
        EXECUTE format('CREATE TABLE idp.%I (LIKE public.audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', monthly);
        EXECUTE format('ALTER TABLE public.audit_logs ATTACH PARTITION idp.%I FOR VALUES FROM (%L) TO (%L)', monthly,
            month, (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        created := created + 1;
    END LOOP;
    RETURN created;
END
$$;

-- Takes the rows out of the default partition, one step a call: 'bounded', 'proved', 'attached', 'moved', until it is
-- 'empty'. Where nothing else lies in their span, the default partition itself becomes the partition of that span: a
-- constraint is added, proved without a lock, and the tables change places. Otherwise one month is moved. Each lock
-- that writers would feel is given up after 20 ms (55P03): call again.
CREATE FUNCTION idp.heal_audit_partitions() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' SET datestyle = 'ISO'
SET lock_timeout = '20ms' AS $$
DECLARE
    first_at timestamptz;
    last_at  timestamptz;
    lo       timestamptz;
    hi       timestamptz;
    proved   boolean;
    monthly  name;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('idp.audit_partitions')) THEN
        RETURN 'empty';
    END IF;
    SELECT min(created_at), max(created_at) INTO first_at, last_at FROM idp.audit_logs_default;
    SELECT convalidated INTO proved FROM pg_constraint
        WHERE conrelid = 'idp.audit_logs_default'::regclass AND conname = 'audit_logs_default_span';
    IF first_at IS NULL THEN
        IF proved IS NOT NULL THEN
            ALTER TABLE idp.audit_logs_default DROP CONSTRAINT audit_logs_default_span;
        END IF;
        RETURN 'empty';
    END IF;
    lo := date_trunc('month', first_at);
    -- Where events of now have their partition, nothing is added. Otherwise there is room for what is written while the
    -- steps are taken: the constraint must never refuse an event.
    IF EXISTS (SELECT FROM idp.audit_partitions() p WHERE p.lower <= now() AND p.upper > now()) THEN
        hi := date_trunc('month', last_at) + interval '1 month';
    ELSE
        hi := date_trunc('month', greatest(last_at, now())) + interval '2 months';
    END IF;
    SELECT least(hi, min(p.lower)) INTO hi FROM idp.audit_partitions() p WHERE p.lower >= last_at;
    IF EXISTS (SELECT FROM idp.audit_partitions() p WHERE p.lower < hi AND p.upper > lo) THEN
        -- Something lies between: the oldest month is moved by itself.
        LOCK TABLE idp.audit_logs_default IN ACCESS EXCLUSIVE MODE;
        monthly := 'audit_logs_' || to_char(lo, 'YYYY_MM');
        EXECUTE format('CREATE TABLE idp.%I (LIKE public.audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', monthly);
        EXECUTE format('WITH moved AS (DELETE FROM idp.audit_logs_default WHERE created_at < %L RETURNING *) '
            || 'INSERT INTO idp.%I SELECT * FROM moved', lo + interval '1 month', monthly);
        EXECUTE format('ALTER TABLE public.audit_logs ATTACH PARTITION idp.%I FOR VALUES FROM (%L) TO (%L)', monthly, lo,
            lo + interval '1 month');
        RETURN 'moved';
    END IF;
    IF proved IS NULL THEN
        EXECUTE format('ALTER TABLE idp.audit_logs_default ADD CONSTRAINT audit_logs_default_span '
            || 'CHECK (created_at >= %L AND created_at < %L) NOT VALID', lo, hi);
        RETURN 'bounded';
    END IF;
    IF NOT proved THEN
        ALTER TABLE idp.audit_logs_default VALIDATE CONSTRAINT audit_logs_default_span;
        RETURN 'proved';
    END IF;
    -- The bounds are those that were proved.
    SELECT match[1]::timestamptz, match[2]::timestamptz INTO lo, hi FROM (
        SELECT regexp_match(pg_get_constraintdef(oid), '''([^'']+)''.*''([^'']+)''') AS match FROM pg_constraint
        WHERE conrelid = 'idp.audit_logs_default'::regclass AND conname = 'audit_logs_default_span') spans;
    IF hi < now() + interval '1 day' AND NOT EXISTS (SELECT FROM idp.audit_partitions() p WHERE p.lower = hi) THEN
        ALTER TABLE idp.audit_logs_default DROP CONSTRAINT audit_logs_default_span;
        RETURN 'bounded';
    END IF;
    monthly := 'audit_logs_' || to_char(lo, 'YYYY_MM');
    LOCK TABLE public.audit_logs IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE public.audit_logs DETACH PARTITION idp.audit_logs_default;
    EXECUTE format('ALTER TABLE idp.audit_logs_default RENAME TO %I', monthly);
    CREATE TABLE idp.audit_logs_default PARTITION OF public.audit_logs DEFAULT;
    EXECUTE format('ALTER TABLE public.audit_logs ATTACH PARTITION idp.%I FOR VALUES FROM (%L) TO (%L)', monthly, lo, hi);
    EXECUTE format('ALTER TABLE idp.%I DROP CONSTRAINT audit_logs_default_span', monthly);
    RETURN 'attached';
END
$$;

-- Drops the partitions that lie wholly before now() - retention. At least 30 days are always kept: a stolen application
-- login cannot wipe its tracks. A reader of the log may hold it up: it gives up after 20 ms (55P03), so that no writer
-- waits longer behind it, and is called again.
CREATE OR REPLACE FUNCTION idp.drop_audit_partitions(retention interval DEFAULT interval '90 days') RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '20ms' AS $$
DECLARE
    monthly name;
    dropped integer := 0;
BEGIN
    IF retention < interval '30 days' THEN
        RAISE EXCEPTION 'audit retention must be 30 days or more' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtext('idp.audit_partitions')) THEN
        RETURN 0;
    END IF;
    FOR monthly IN SELECT p.partition FROM idp.audit_partitions() p WHERE p.upper <= now() - retention LOOP
        LOCK TABLE public.audit_logs IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('DROP TABLE idp.%I', monthly);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION idp.uuid_v7(), idp.audit_partitions(), idp.audit_default_is_empty(),
    idp.heal_audit_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idp.uuid_v7(), idp.audit_partitions(), idp.audit_default_is_empty(),
    idp.heal_audit_partitions() TO identity_app;
REVOKE ALL ON idp.session_counts FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.session_counts TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (12, '012_scale');
COMMIT;
