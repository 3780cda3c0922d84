-- The whole current schema, generated from db/migrations by a test (SchemaFileTests) that also compares the
-- two. Not edited by hand. A new database is made by it or by the migrations, whichever is preferred:
-- psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/schema.sql
BEGIN;
SET LOCAL check_function_bodies = false;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles
    WHERE rolname = 'identity_app') THEN CREATE ROLE identity_app NOLOGIN; END IF; END $$;

CREATE SCHEMA idp;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA idp;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE FUNCTION idp.account_count() RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT CASE WHEN c.reltuples < 100000 THEN (SELECT count(*) FROM public.users u WHERE u.deleted_at IS NULL)
                ELSE c.reltuples::bigint END
    FROM pg_class c WHERE c.oid = 'public.users'::regclass
$$;

CREATE FUNCTION idp.active_sessions_per_user() RETURNS numeric
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    SET jit TO 'off'
    AS $$
    WITH RECURSIVE start AS MATERIALIZED (SELECT gen_random_uuid() AS place),
    above (user_id, n) AS (
        SELECT (SELECT s.user_id FROM public.sessions s WHERE s.is_active AND s.user_id >= place
                ORDER BY s.user_id LIMIT 1), 1 FROM start
        UNION ALL
        SELECT (SELECT s.user_id FROM public.sessions s WHERE s.is_active AND s.user_id > a.user_id
                ORDER BY s.user_id LIMIT 1), a.n + 1
        FROM above a WHERE a.user_id IS NOT NULL AND a.n < 300),
    below (user_id, n) AS (
        SELECT (SELECT s.user_id FROM public.sessions s WHERE s.is_active AND s.user_id < place
                ORDER BY s.user_id LIMIT 1),
               (SELECT count(*) FROM above WHERE user_id IS NOT NULL) + 1 FROM start
        UNION ALL
        SELECT (SELECT s.user_id FROM public.sessions s, start WHERE s.is_active AND s.user_id > b.user_id
                AND s.user_id < place ORDER BY s.user_id LIMIT 1), b.n + 1
        FROM below b WHERE b.user_id IS NOT NULL AND b.n < 300)
    SELECT round(avg(n), 2) FROM (
        SELECT (SELECT count(*) FROM public.sessions s WHERE s.user_id = p.user_id AND s.is_active
                AND s.client_id IS NULL AND s.expires_at > now()) AS n
        FROM (SELECT user_id FROM above UNION SELECT user_id FROM below WHERE n <= 300) p
        WHERE p.user_id IS NOT NULL) per_user
    WHERE n > 0
$$;

CREATE FUNCTION idp.audit_default_is_empty() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT NOT EXISTS (SELECT FROM idp.audit_logs_default)
$$;

CREATE FUNCTION idp.audit_partitions() RETURNS TABLE(partition name, lower timestamp with time zone, upper timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET "DateStyle" TO 'ISO'
    AS $$
    SELECT relname, bounds[1]::timestamptz, bounds[2]::timestamptz
    FROM (SELECT c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(.+)''\) TO \(''(.+)''\)') AS bounds
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.audit_logs'::regclass) p
    WHERE bounds IS NOT NULL
$$;

CREATE FUNCTION idp.count_sign_ins(delay interval) RETURNS timestamp with time zone
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    since    timestamptz;
    horizon  timestamptz;
BEGIN
    SELECT p.covered_until INTO since FROM idp.monitoring_progress p FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    since := greatest(since, date_trunc('minute', clock_timestamp()) - interval '8 days');
    horizon := least(date_trunc('minute', least(clock_timestamp() - delay,
        (SELECT min(a.xact_start) FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'))),
        since + interval '1 hour');
    IF horizon <= since THEN
        RETURN NULL;
    END IF;
    INSERT INTO idp.sign_in_minutes (minute, succeeded, failed, blocked)
    SELECT date_trunc('minute', l.created_at), count(*) FILTER (WHERE l.event_status = 'success'),
           count(*) FILTER (WHERE l.event_status = 'failure'), count(*) FILTER (WHERE l.event_status = 'blocked')
    FROM public.audit_logs l
    WHERE l.event_type = 'login' AND l.created_at >= since AND l.created_at < horizon
    GROUP BY 1;
    DELETE FROM idp.sign_in_minutes m WHERE m.minute < horizon - interval '8 days';
    UPDATE idp.monitoring_progress p SET covered_until = horizon, covered_from = greatest(
        horizon - interval '8 days', CASE WHEN p.covered_until = since THEN p.covered_from ELSE since END);
    RETURN horizon;
END
$$;

CREATE FUNCTION idp.detect_bursts(types text[], statuses text[], by_account boolean, span interval, threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT w.subject, max(w.n), min(w.created_at), max(w.created_at)
    FROM (SELECT e.subject, e.created_at,
                 count(*) OVER (PARTITION BY e.subject ORDER BY e.created_at
                     RANGE BETWEEN detect_bursts.span - interval '1 microsecond' PRECEDING AND CURRENT ROW) AS n
          FROM (SELECT CASE WHEN by_account THEN a.user_id::text ELSE '' END AS subject, a.created_at
                FROM public.audit_logs a
                WHERE a.event_type = ANY (types) AND a.event_status = ANY (statuses)
                  AND a.created_at > since - span AND a.created_at <= until) e
          WHERE e.subject IS NOT NULL) w
    WHERE w.created_at > since AND w.n > threshold
    GROUP BY w.subject
$$;

CREATE FUNCTION idp.detect_ending_keys(hours bigint, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT k.kid, greatest(0, floor(extract(epoch FROM k.retires_at - until) / 3600))::bigint, until, until
    FROM idp.signing_keys k
    WHERE k.key_use = 'sig' AND k.activates_at <= until AND k.removes_at > until
      AND k.retires_at < until + make_interval(hours => detect_ending_keys.hours::integer)
      AND NOT EXISTS (SELECT FROM idp.signing_keys n
                      WHERE n.algorithm = k.algorithm AND n.key_use = 'sig' AND n.retires_at > k.retires_at)
$$;

CREATE FUNCTION idp.detect_lost_logouts(threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT d.client_id, count(*), min(d.abandoned_at), max(d.abandoned_at) FROM idp.logout_deliveries d
    WHERE d.abandoned_at > since AND d.abandoned_at <= until AND NOT d.not_applicable
    GROUP BY d.client_id HAVING count(*) > threshold
$$;

CREATE FUNCTION idp.detect_refusals(span interval, threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT w.client_id, max(w.n), min(w.created_at), max(w.created_at)
    FROM (SELECT d.client_id, d.created_at,
                 count(*) OVER (PARTITION BY d.client_id ORDER BY d.created_at
                     RANGE BETWEEN detect_refusals.span - interval '1 microsecond' PRECEDING AND CURRENT ROW) AS n
          FROM idp.denials d
          WHERE d.created_at > since - span AND d.created_at <= until AND d.client_id IS NOT NULL) w
    WHERE w.created_at > since AND w.n > threshold
    GROUP BY w.client_id
$$;

CREATE FUNCTION idp.detect_sessions(threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH begun AS (
        SELECT s.user_id, s.created_at AS at FROM public.sessions s
        WHERE s.last_activity_at > since AND s.created_at > since AND s.created_at <= until AND s.client_id IS NULL),
    moments AS (
        SELECT b.user_id, b.at FROM begun b
        UNION SELECT b.user_id, until FROM begun b
        UNION SELECT a.subject::uuid, until FROM idp.alerts a WHERE a.rule = 'anomalous_sessions' AND a.closed_at IS NULL),
    counted AS (
        SELECT m.user_id, m.at, (SELECT count(*) FROM public.sessions s
                WHERE s.user_id = m.user_id AND s.client_id IS NULL AND s.created_at <= m.at AND s.expires_at > m.at
                  AND (s.is_active OR s.revoked_at > m.at)) AS n
        FROM moments m)
    SELECT c.user_id::text, max(c.n), min(c.at), max(c.at) FROM counted c WHERE c.n > threshold GROUP BY c.user_id;
END
$$;

CREATE FUNCTION idp.detect_spread(things text, span interval, threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    WITH attempts AS (
        SELECT CASE things WHEN 'accounts' THEN a.network ELSE a.account END AS subject,
               CASE things WHEN 'accounts' THEN a.account ELSE a.network END AS thing, a.created_at
        FROM (SELECT CASE family(l.ip_address) WHEN 6 THEN network(set_masklen(l.ip_address, 64))::text
                          ELSE host(l.ip_address) END AS network,
                     coalesce(l.user_id::text, l.details ->> 'account_hash', l.id::text) AS account, l.created_at
              FROM public.audit_logs l
              WHERE l.event_type = 'login' AND l.ip_address IS NOT NULL
                AND (things = 'accounts' OR l.event_status IN ('failure', 'blocked'))
                AND l.created_at > since - span AND l.created_at <= until) a),
    busy AS (
        SELECT a.subject FROM attempts a GROUP BY a.subject
        HAVING max(a.created_at) > since AND count(*) > threshold AND count(DISTINCT a.thing) > threshold),
    marked AS (
        SELECT a.subject, a.thing, a.created_at,
               coalesce(a.created_at - lag(a.created_at) OVER (PARTITION BY a.subject, a.thing ORDER BY a.created_at)
                   >= span, true) AS begins
        FROM attempts a JOIN busy USING (subject)),
    numbered AS (
        SELECT m.subject, m.thing, m.created_at,
               count(*) FILTER (WHERE m.begins) OVER (PARTITION BY m.subject, m.thing ORDER BY m.created_at) AS stretch
        FROM marked m),
    stretches AS (
        SELECT n.subject, min(n.created_at) AS begins, max(n.created_at) + span AS ends
        FROM numbered n GROUP BY n.subject, n.thing, n.stretch),
    turns AS (
        SELECT s.subject, s.begins AS at, 1 AS change FROM stretches s
        UNION ALL SELECT s.subject, s.ends, -1 FROM stretches s
        UNION ALL SELECT m.subject, m.created_at, 0 FROM marked m WHERE NOT m.begins),
    counts AS (
        SELECT t.subject, t.at, t.change,
               sum(t.change) OVER (PARTITION BY t.subject ORDER BY t.at, t.change ROWS UNBOUNDED PRECEDING) AS n
        FROM turns t)
    SELECT c.subject, max(c.n)::bigint, min(c.at), max(c.at) FROM counts c
    WHERE c.change >= 0 AND c.n > threshold AND c.at > since AND c.at <= until
    GROUP BY c.subject
$$;

CREATE FUNCTION idp.detect_unsealed_audit(threshold bigint, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT '', floor(extract(epoch FROM until - f.oldest) / 60)::bigint, until, until
    FROM (SELECT (SELECT l.created_at FROM public.audit_logs l
                  WHERE l.created_at >= coalesce((SELECT s.through_time FROM idp.audit_seals s ORDER BY s.number DESC LIMIT 1),
                                                 '-infinity') AND l.created_at <= until
                  ORDER BY l.created_at LIMIT 1) AS oldest) f
    WHERE floor(extract(epoch FROM until - f.oldest) / 60) > threshold
$$;

CREATE FUNCTION idp.detect_unusual_admins(threshold bigint, since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT a.user_id::text, count(*), min(a.created_at), max(a.created_at) FROM public.audit_logs a
    WHERE a.event_type = 'login' AND a.event_status = 'success' AND a.created_at > since AND a.created_at <= until
      AND a.details -> 'signals' ?| ARRAY['new_country', 'impossible_speed']
      AND EXISTS (SELECT FROM idp.roles r WHERE r.is_administrative
                  AND (EXISTS (SELECT FROM idp.user_roles u WHERE u.role_id = r.id AND u.user_id = a.user_id)
                       OR EXISTS (SELECT FROM idp.group_roles g JOIN idp.user_groups m USING (group_id)
                                  WHERE g.role_id = r.id AND m.user_id = a.user_id)))
    GROUP BY a.user_id HAVING count(*) > threshold
$$;

CREATE FUNCTION idp.detect_waiting_mail(threshold bigint, until timestamp with time zone) RETURNS TABLE(subject text, value bigint, first_at timestamp with time zone, last_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT '', floor(extract(epoch FROM until - m.oldest) / 60)::bigint, until, until
    FROM (SELECT min(o.created_at) AS oldest FROM idp.mail_outbox o WHERE o.state = 'queued') m
    WHERE floor(extract(epoch FROM until - m.oldest) / 60) > threshold
$$;

CREATE FUNCTION idp.drop_audit_partitions(retention interval DEFAULT '90 days'::interval) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '20ms'
    AS $$
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

CREATE FUNCTION idp.end_sessions(session_ids uuid[], reason text, actor_ip inet DEFAULT NULL::inet, actor_user_agent text DEFAULT NULL::text, extra jsonb DEFAULT '{}'::jsonb) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
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

CREATE FUNCTION idp.ensure_audit_partitions(months_ahead integer DEFAULT 3) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '20ms'
    AS $$
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

CREATE FUNCTION idp.heal_audit_partitions() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET "DateStyle" TO 'ISO'
    SET lock_timeout TO '20ms'
    AS $$
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

CREATE FUNCTION idp.notify_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    PERFORM pg_notify('identity_changed', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE FUNCTION idp.notify_session() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('identity_session', OLD.id::text);
    ELSE
        PERFORM pg_notify('identity_session', OLD.user_id::text);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION idp.queue_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    kind   idp.event_types;
    number bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM idp.webhook_endpoints WHERE is_enabled) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO kind FROM idp.event_types t WHERE t.audit_type = NEW.event_type AND t.audit_status = NEW.event_status;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM idp.webhook_endpoints e
            WHERE e.is_enabled AND (e.event_types = '{}' OR kind.name = ANY (e.event_types))) THEN
        RETURN NULL;
    END IF;
    INSERT INTO idp.events (type, user_id, data, occurred_at)
        SELECT kind.name, NEW.user_id,
               coalesce((SELECT jsonb_object_agg(d.key, d.value) FROM jsonb_each(NEW.details) d
                         WHERE d.key = ANY (kind.details)), '{}'), NEW.created_at
        RETURNING seq INTO number;
    INSERT INTO idp.webhook_deliveries (endpoint_id, event_seq, user_id)
        SELECT e.id, number, NEW.user_id FROM idp.webhook_endpoints e
        WHERE e.is_enabled AND (e.event_types = '{}' OR kind.name = ANY (e.event_types));
    PERFORM pg_notify('identity_webhooks', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION idp.service_metrics(at timestamp with time zone DEFAULT now()) RETURNS TABLE(metric text, value numeric)
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
    WITH attempts AS MATERIALIZED (
        SELECT succeeded, failed + blocked AS failed FROM idp.sign_ins(at - interval '24 hours', at))
    SELECT 'authentication_success_rate', round(100.0 * succeeded / nullif(succeeded + failed, 0), 2) FROM attempts
    UNION ALL SELECT 'session_validation', idp.session_validation_ms(100)
    UNION ALL SELECT 'failed_login_rate', round(100.0 * failed / nullif(succeeded + failed, 0), 2) FROM attempts
    UNION ALL SELECT 'account_lockouts', round(100.0 * (
        SELECT count(DISTINCT l.user_id) FROM public.audit_logs l
        WHERE l.event_type = 'account_locked' AND l.created_at > at - interval '24 hours' AND l.created_at <= at)
        / nullif(idp.account_count(), 0), 2)
    UNION ALL SELECT 'active_sessions_per_user', idp.active_sessions_per_user()
$$;

CREATE FUNCTION idp.session_validation_ms(samples integer) RETURNS numeric
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    hashes   bytea[] := ARRAY (SELECT s.token_hash FROM public.sessions s WHERE s.is_active AND s.expires_at > now()
                               ORDER BY s.expires_at LIMIT least(greatest(samples, 1), 10000));
    hash     bytea;
    started  timestamptz := clock_timestamp();
BEGIN
    FOREACH hash IN ARRAY hashes LOOP
        PERFORM 1 FROM public.sessions s JOIN public.users u ON u.id = s.user_id
        WHERE s.token_hash = hash AND s.is_active AND s.expires_at > now() AND u.deleted_at IS NULL AND NOT u.is_disabled;
    END LOOP;
    RETURN round((1000 * extract(epoch FROM clock_timestamp() - started) / nullif(cardinality(hashes), 0))::numeric, 4);
END
$$;

CREATE FUNCTION idp.sign_ins(since timestamp with time zone, until timestamp with time zone) RETURNS TABLE(succeeded bigint, failed bigint, blocked bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    low   timestamptz;
    high  timestamptz;
BEGIN
    SELECT greatest(date_trunc('minute', since) + interval '1 minute', p.covered_from),
           least(date_trunc('minute', until), p.covered_until)
    INTO low, high FROM idp.monitoring_progress p;
    IF low IS NULL OR high <= low THEN
        RETURN QUERY SELECT count(*) FILTER (WHERE l.event_status = 'success'),
            count(*) FILTER (WHERE l.event_status = 'failure'), count(*) FILTER (WHERE l.event_status = 'blocked')
        FROM public.audit_logs l
        WHERE l.event_type = 'login' AND l.created_at > since AND l.created_at <= until;
        RETURN;
    END IF;
    RETURN QUERY SELECT coalesce(sum(c.succeeded), 0)::bigint, coalesce(sum(c.failed), 0)::bigint,
        coalesce(sum(c.blocked), 0)::bigint
    FROM (SELECT m.succeeded, m.failed, m.blocked FROM idp.sign_in_minutes m WHERE m.minute >= low AND m.minute < high
          UNION ALL
          SELECT count(*) FILTER (WHERE l.event_status = 'success'), count(*) FILTER (WHERE l.event_status = 'failure'),
                 count(*) FILTER (WHERE l.event_status = 'blocked')
          FROM public.audit_logs l WHERE l.event_type = 'login' AND l.created_at > since AND l.created_at < low
          UNION ALL
          SELECT count(*) FILTER (WHERE l.event_status = 'success'), count(*) FILTER (WHERE l.event_status = 'failure'),
                 count(*) FILTER (WHERE l.event_status = 'blocked')
          FROM public.audit_logs l WHERE l.event_type = 'login' AND l.created_at >= high AND l.created_at <= until) c;
END
$$;

CREATE FUNCTION idp.uuid_v7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid
$$;

CREATE FUNCTION public.cleanup_expired_sessions() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
    RETURN idp.end_sessions(ARRAY (
        SELECT id FROM public.sessions WHERE is_active AND expires_at <= now()
        ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED), 'expired');
END
$$;

CREATE FUNCTION public.cleanup_expired_tokens() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
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

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE idp.alerts (
    id uuid NOT NULL,
    rule text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    value bigint NOT NULL,
    threshold bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    note text,
    CONSTRAINT alerts_acknowledged_by_check CHECK ((length(acknowledged_by) <= 200)),
    CONSTRAINT alerts_check CHECK ((opened_at <= last_seen_at)),
    CONSTRAINT alerts_check1 CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT alerts_note_check CHECK ((length(note) <= 2000)),
    CONSTRAINT alerts_rule_check CHECK ((rule ~ '^[a-z][a-z0-9_]{1,63}$'::text)),
    CONSTRAINT alerts_subject_check CHECK ((length(subject) <= 200))
);

CREATE TABLE idp.attribute_definitions (
    name text NOT NULL,
    value_type text NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    visible_to text NOT NULL,
    editable_by text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT attribute_definitions_check CHECK (((editable_by <> 'person'::text) OR (visible_to = 'person'::text))),
    CONSTRAINT attribute_definitions_editable_by_check CHECK ((editable_by = ANY (ARRAY['person'::text, 'administrator'::text, 'nobody'::text]))),
    CONSTRAINT attribute_definitions_labels_check CHECK ((jsonb_typeof(labels) = 'object'::text)),
    CONSTRAINT attribute_definitions_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{0,63}$'::text)),
    CONSTRAINT attribute_definitions_value_type_check CHECK ((value_type = ANY (ARRAY['text'::text, 'integer'::text, 'boolean'::text, 'date'::text]))),
    CONSTRAINT attribute_definitions_visible_to_check CHECK ((visible_to = ANY (ARRAY['person'::text, 'administrator'::text, 'nobody'::text])))
);

CREATE TABLE idp.audit_exports (
    id boolean DEFAULT true NOT NULL,
    through_time timestamp with time zone NOT NULL,
    through_id uuid NOT NULL,
    lease uuid,
    leased_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT audit_exports_id_check CHECK (id)
);

CREATE TABLE public.audit_logs (
    id uuid DEFAULT idp.uuid_v7() NOT NULL,
    user_id uuid,
    event_type text NOT NULL,
    event_status text NOT NULL,
    ip_address inet,
    user_agent text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT audit_logs_event_status CHECK ((event_status = ANY (ARRAY['success'::text, 'failure'::text, 'blocked'::text, 'pending'::text]))),
    CONSTRAINT audit_logs_event_type CHECK ((event_type ~ '^[a-z0-9][a-z0-9_]{1,63}$'::text)),
    CONSTRAINT audit_logs_user_agent_length CHECK ((length(user_agent) <= 512))
)
PARTITION BY RANGE (created_at);

CREATE TABLE idp.audit_logs_default (
    id uuid DEFAULT idp.uuid_v7() NOT NULL,
    user_id uuid,
    event_type text NOT NULL,
    event_status text NOT NULL,
    ip_address inet,
    user_agent text,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT audit_logs_event_status CHECK ((event_status = ANY (ARRAY['success'::text, 'failure'::text, 'blocked'::text, 'pending'::text]))),
    CONSTRAINT audit_logs_event_type CHECK ((event_type ~ '^[a-z0-9][a-z0-9_]{1,63}$'::text)),
    CONSTRAINT audit_logs_user_agent_length CHECK ((length(user_agent) <= 512))
);

CREATE TABLE idp.audit_seals (
    number bigint NOT NULL,
    from_time timestamp with time zone NOT NULL,
    through_time timestamp with time zone NOT NULL,
    row_count bigint NOT NULL,
    digest bytea NOT NULL,
    previous_mac bytea NOT NULL,
    mac bytea NOT NULL,
    master_key_id text NOT NULL,
    sealed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT audit_seals_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT audit_seals_mac_check CHECK ((octet_length(mac) = 32))
);

CREATE TABLE idp.begun_requests (
    token_hash bytea NOT NULL,
    client_id text NOT NULL,
    parameters_protected bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT begun_requests_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.claim_mappings (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    scope text,
    client_id text,
    claim text NOT NULL,
    source text NOT NULL,
    source_name text,
    constant jsonb,
    in_id_token boolean DEFAULT false NOT NULL,
    in_access_token boolean DEFAULT false NOT NULL,
    in_user_info boolean DEFAULT false NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT claim_mappings_check CHECK (((scope IS NOT NULL) OR (client_id IS NOT NULL))),
    CONSTRAINT claim_mappings_check1 CHECK (((source = ANY (ARRAY['column'::text, 'attribute'::text])) = (source_name IS NOT NULL))),
    CONSTRAINT claim_mappings_check2 CHECK (((source = 'constant'::text) = (constant IS NOT NULL))),
    CONSTRAINT claim_mappings_check3 CHECK ((in_id_token OR in_access_token OR in_user_info)),
    CONSTRAINT claim_mappings_claim_check CHECK (((length(claim) >= 1) AND (length(claim) <= 200))),
    CONSTRAINT claim_mappings_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 200))),
    CONSTRAINT claim_mappings_constant_check CHECK ((length((constant)::text) <= 2048)),
    CONSTRAINT claim_mappings_scope_check CHECK (((length(scope) >= 1) AND (length(scope) <= 200))),
    CONSTRAINT claim_mappings_source_check CHECK ((source = ANY (ARRAY['column'::text, 'attribute'::text, 'roles'::text, 'groups'::text, 'constant'::text]))),
    CONSTRAINT claim_mappings_source_name_check CHECK (((length(source_name) >= 1) AND (length(source_name) <= 64)))
);

CREATE TABLE idp.clients (
    client_id text NOT NULL,
    definition jsonb NOT NULL,
    source text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT clients_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 200))),
    CONSTRAINT clients_source_check CHECK ((source = ANY (ARRAY['command_line'::text, 'administration'::text, 'registration'::text])))
);

CREATE TABLE idp.data_protection_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    friendly_name text NOT NULL,
    xml_protected bytea NOT NULL,
    master_key_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.denials (
    key_hash bytea NOT NULL,
    client_id text,
    data jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT denials_key_hash_check CHECK ((octet_length(key_hash) = 32))
);

CREATE TABLE idp.detection_progress (
    id boolean DEFAULT true NOT NULL,
    covered_until timestamp with time zone NOT NULL,
    ran_at timestamp with time zone NOT NULL,
    took_ms integer NOT NULL,
    CONSTRAINT detection_progress_id_check CHECK (id)
);

CREATE TABLE idp.email_change_reverts (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    old_email text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '72:00:00'::interval) NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT email_change_reverts_old_email_check CHECK ((length(old_email) <= 254)),
    CONSTRAINT email_change_reverts_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.event_types (
    audit_type text NOT NULL,
    audit_status text DEFAULT 'success'::text NOT NULL,
    name text NOT NULL,
    details text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT event_types_name_check CHECK ((name ~ '^[a-z_]+(\.[a-z_]+)+$'::text))
);

CREATE TABLE idp.events (
    seq bigint NOT NULL,
    id uuid DEFAULT idp.uuid_v7() NOT NULL,
    type text NOT NULL,
    user_id uuid,
    data jsonb NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE idp.events ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME idp.events_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE idp.external_logins (
    provider text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL,
    display_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    issuer text,
    CONSTRAINT external_logins_display_name_check CHECK ((length(display_name) <= 200)),
    CONSTRAINT external_logins_issuer_check CHECK (((length(issuer) >= 1) AND (length(issuer) <= 500))),
    CONSTRAINT external_logins_provider_check CHECK (((length(provider) >= 1) AND (length(provider) <= 100))),
    CONSTRAINT external_logins_subject_check CHECK (((length(subject) >= 1) AND (length(subject) <= 255)))
);

CREATE TABLE idp.figures (
    name text NOT NULL,
    value double precision,
    measured_at timestamp with time zone NOT NULL,
    CONSTRAINT figures_name_check CHECK ((name ~ '^[a-z][a-z0-9_]{1,63}$'::text))
);

CREATE TABLE idp.grants (
    id uuid NOT NULL,
    kind text NOT NULL,
    key_hash bytea,
    user_id uuid,
    session_id uuid,
    client_id text NOT NULL,
    family_id uuid,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    payload bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    consumed_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT grants_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT grants_kind_check CHECK ((kind = ANY (ARRAY['authorization_code'::text, 'consent'::text, 'device_code'::text, 'pushed_request'::text, 'backchannel_request'::text, 'reference_token'::text])))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE idp.group_roles (
    group_id uuid NOT NULL,
    role_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.groups (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    description text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT groups_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT groups_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE idp.idempotency_keys (
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    answer_protected bytea,
    lease_ends_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE idp.instances (
    id uuid NOT NULL,
    host text NOT NULL,
    version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT instances_host_check CHECK ((length(host) <= 200)),
    CONSTRAINT instances_version_check CHECK ((length(version) <= 100))
);

CREATE TABLE idp.invitations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    locale text,
    role_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    group_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '7 days'::interval) NOT NULL,
    CONSTRAINT invitations_email_check CHECK ((length(email) <= 254)),
    CONSTRAINT invitations_group_ids_check CHECK ((cardinality(group_ids) <= 50)),
    CONSTRAINT invitations_locale_check CHECK ((length(locale) <= 35)),
    CONSTRAINT invitations_role_ids_check CHECK ((cardinality(role_ids) <= 50)),
    CONSTRAINT invitations_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.login_challenges (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    amr text[] NOT NULL,
    return_url text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:05:00'::interval) NOT NULL,
    completed_at timestamp with time zone,
    credential_version bigint,
    mail_code_hash bytea,
    CONSTRAINT login_challenges_mail_code_hash_check CHECK ((octet_length(mail_code_hash) = 32)),
    CONSTRAINT login_challenges_return_url_check CHECK ((length(return_url) <= 8192)),
    CONSTRAINT login_challenges_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.logout_deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    client_id text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_status integer,
    last_error text,
    delivered_at timestamp with time zone,
    abandoned_at timestamp with time zone,
    not_applicable boolean DEFAULT false NOT NULL
);

CREATE TABLE idp.magic_links (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    email text NOT NULL,
    token_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    return_url_protected bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:10:00'::interval) NOT NULL,
    used_at timestamp with time zone,
    credential_version bigint,
    CONSTRAINT magic_links_browser_hash_check CHECK ((octet_length(browser_hash) = 32)),
    CONSTRAINT magic_links_email_check CHECK ((length(email) <= 254)),
    CONSTRAINT magic_links_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.mail_outbox (
    id uuid NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    recipient_hash bytea NOT NULL,
    asked_for boolean NOT NULL,
    content_protected bytea,
    state text DEFAULT 'queued'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    lease uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    abandoned_at timestamp with time zone,
    last_error text,
    last_status integer,
    CONSTRAINT mail_outbox_check CHECK ((((state = 'sent'::text) = (sent_at IS NOT NULL)) AND ((state = 'abandoned'::text) = (abandoned_at IS NOT NULL)))),
    CONSTRAINT mail_outbox_check1 CHECK (((state <> 'queued'::text) OR (content_protected IS NOT NULL))),
    CONSTRAINT mail_outbox_kind_check CHECK ((kind ~ '^[a-z_]{3,40}$'::text)),
    CONSTRAINT mail_outbox_last_error_check CHECK ((length(last_error) <= 200)),
    CONSTRAINT mail_outbox_recipient_hash_check CHECK ((octet_length(recipient_hash) = 32)),
    CONSTRAINT mail_outbox_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'abandoned'::text])))
);

CREATE TABLE idp.monitoring_progress (
    id boolean DEFAULT true NOT NULL,
    covered_from timestamp with time zone NOT NULL,
    covered_until timestamp with time zone NOT NULL,
    measured_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT monitoring_progress_check CHECK ((covered_from <= covered_until)),
    CONSTRAINT monitoring_progress_id_check CHECK (id)
);

CREATE TABLE idp.passkey_ceremonies (
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    user_id uuid,
    state_protected bytea NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:05:00'::interval) NOT NULL,
    credential_version bigint,
    CONSTRAINT passkey_ceremonies_kind_check CHECK ((kind = ANY (ARRAY['registration'::text, 'automatic_registration'::text, 'sign_in'::text, 'second_factor'::text, 'step_up'::text]))),
    CONSTRAINT passkey_ceremonies_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.passkey_offers (
    user_id uuid NOT NULL,
    offered_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.passkeys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint DEFAULT 0 NOT NULL,
    transports text[] DEFAULT '{}'::text[] NOT NULL,
    is_user_verified boolean NOT NULL,
    is_backup_eligible boolean NOT NULL,
    is_backed_up boolean NOT NULL,
    attestation_object bytea NOT NULL,
    client_data_json bytea NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT passkeys_credential_id_check CHECK (((octet_length(credential_id) >= 1) AND (octet_length(credential_id) <= 1023))),
    CONSTRAINT passkeys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT passkeys_sign_count_check CHECK (((sign_count >= 0) AND (sign_count <= '4294967295'::bigint)))
);

CREATE TABLE idp.personal_access_tokens (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    CONSTRAINT personal_access_tokens_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT personal_access_tokens_scopes_check CHECK (((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 50))),
    CONSTRAINT personal_access_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.recovery_codes (
    user_id uuid NOT NULL,
    set_id uuid NOT NULL,
    number smallint NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT recovery_codes_code_hash_check CHECK ((octet_length(code_hash) = 32))
);

CREATE TABLE idp.registration_tokens (
    token_hash bytea NOT NULL,
    client_id text,
    description text,
    uses_left integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT registration_tokens_description_check CHECK ((length(description) <= 200)),
    CONSTRAINT registration_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT registration_tokens_uses_left_check CHECK ((uses_left >= 0))
);

CREATE TABLE idp.replay_guard (
    key_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT replay_guard_key_hash_check CHECK ((octet_length(key_hash) = 32))
);

CREATE TABLE idp.roles (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    client_id text,
    description text,
    is_administrative boolean DEFAULT false NOT NULL,
    permissions text[] DEFAULT '{}'::text[] NOT NULL,
    is_built_in boolean DEFAULT false NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT roles_check CHECK (((NOT is_administrative) OR (client_id IS NULL))),
    CONSTRAINT roles_check1 CHECK ((is_administrative OR ((NOT is_built_in) AND (permissions = '{}'::text[])))),
    CONSTRAINT roles_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 200))),
    CONSTRAINT roles_description_check CHECK ((length(description) <= 500)),
    CONSTRAINT roles_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$'::text))
);

CREATE TABLE idp.scheduled_deactivations (
    user_id uuid NOT NULL,
    deactivate_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum bytea,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.scopes (
    name text NOT NULL,
    definition jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT scopes_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

CREATE TABLE idp.secrets (
    name text NOT NULL,
    value_protected bytea NOT NULL,
    master_key_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT secrets_name_check CHECK ((name ~ '^[a-z_]{3,40}$'::text))
);

CREATE TABLE idp.secure_account_links (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '7 days'::interval) NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT secure_account_links_kind_check CHECK ((length(kind) <= 64)),
    CONSTRAINT secure_account_links_token_hash_check CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE idp.session_clients (
    session_id uuid NOT NULL,
    client_id text NOT NULL,
    first_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE idp.session_counts (
    user_id uuid NOT NULL,
    active integer NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.sign_in_codes (
    browser_hash bytea NOT NULL,
    user_id uuid,
    credential_version bigint,
    code_hash bytea NOT NULL,
    counter bytea NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    return_url_protected bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '00:10:00'::interval) NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_codes_browser_hash_check CHECK ((octet_length(browser_hash) = 32)),
    CONSTRAINT sign_in_codes_code_hash_check CHECK ((octet_length(code_hash) = 32)),
    CONSTRAINT sign_in_codes_counter_check CHECK ((octet_length(counter) = 32)),
    CONSTRAINT sign_in_codes_tries_check CHECK (((tries >= 0) AND (tries <= 5)))
);

CREATE TABLE idp.sign_in_minutes (
    minute timestamp with time zone NOT NULL,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    blocked bigint NOT NULL
);

CREATE TABLE idp.signing_keys (
    kid text NOT NULL,
    algorithm text NOT NULL,
    key_use text DEFAULT 'sig'::text NOT NULL,
    public_jwk jsonb NOT NULL,
    private_protected bytea NOT NULL,
    master_key_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    activates_at timestamp with time zone NOT NULL,
    retires_at timestamp with time zone NOT NULL,
    removes_at timestamp with time zone NOT NULL,
    CONSTRAINT signing_keys_check CHECK (((activates_at < retires_at) AND (retires_at <= removes_at))),
    CONSTRAINT signing_keys_key_use_check CHECK ((key_use = ANY (ARRAY['sig'::text, 'enc'::text])))
);

CREATE TABLE idp.throttle_counters (
    key bytea NOT NULL,
    count integer DEFAULT 0 NOT NULL,
    window_ends_at timestamp with time zone NOT NULL,
    blocked_until timestamp with time zone,
    failed integer DEFAULT 0 NOT NULL,
    CONSTRAINT throttle_counters_key_check CHECK ((octet_length(key) = 32))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE idp.token_families (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    client_id text NOT NULL,
    scopes text[] NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    absolute_expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE idp.trusted_devices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    user_agent text,
    ip_address inet,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '30 days'::interval) NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT trusted_devices_token_hash_check CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT trusted_devices_user_agent_check CHECK ((length(user_agent) <= 512))
);

CREATE TABLE idp.user_attributes (
    user_id uuid NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT user_attributes_value_check CHECK (((jsonb_typeof(value) = ANY (ARRAY['string'::text, 'number'::text, 'boolean'::text])) AND (length((value)::text) <= 2048)))
);

CREATE TABLE idp.user_groups (
    user_id uuid NOT NULL,
    group_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.user_roles (
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE idp.webhook_deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    endpoint_id uuid NOT NULL,
    event_seq bigint NOT NULL,
    user_id uuid,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_status integer,
    last_error text,
    delivered_at timestamp with time zone,
    abandoned_at timestamp with time zone,
    CONSTRAINT webhook_deliveries_last_error_check CHECK ((length(last_error) <= 200))
);

CREATE TABLE idp.webhook_endpoints (
    id uuid NOT NULL,
    url text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    event_types text[] DEFAULT '{}'::text[] NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    secret_protected bytea NOT NULL,
    previous_secret_protected bytea,
    previous_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    disabled_reason text,
    CONSTRAINT webhook_endpoints_check CHECK (((previous_secret_protected IS NULL) = (previous_until IS NULL))),
    CONSTRAINT webhook_endpoints_description_check CHECK ((length(description) <= 200)),
    CONSTRAINT webhook_endpoints_disabled_reason_check CHECK ((length(disabled_reason) <= 200)),
    CONSTRAINT webhook_endpoints_event_types_check CHECK ((cardinality(event_types) <= 100)),
    CONSTRAINT webhook_endpoints_url_check CHECK ((length(url) <= 2000))
);

CREATE TABLE public.sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    refresh_token_hash bytea,
    ip_address inet,
    user_agent text,
    device_fingerprint text,
    client_id text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_activity_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text,
    auth_time timestamp with time zone DEFAULT now() NOT NULL,
    amr text[] DEFAULT '{}'::text[] NOT NULL,
    acr text,
    step_up_at timestamp with time zone,
    CONSTRAINT sessions_device_fingerprint_length CHECK ((length(device_fingerprint) <= 128)),
    CONSTRAINT sessions_expires_after_created CHECK ((expires_at > created_at)),
    CONSTRAINT sessions_refresh_token_hash_length CHECK ((octet_length(refresh_token_hash) = 32)),
    CONSTRAINT sessions_revoked_is_inactive CHECK (((revoked_at IS NULL) OR (NOT is_active))),
    CONSTRAINT sessions_token_hash_length CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT sessions_user_agent_length CHECK ((length(user_agent) <= 512))
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email text NOT NULL,
    email_verified boolean DEFAULT false NOT NULL,
    password_hash text,
    password_changed_at timestamp with time zone,
    two_factor_enabled boolean DEFAULT false NOT NULL,
    two_factor_secret bytea,
    two_factor_last_step bigint,
    failed_login_attempts integer DEFAULT 0 NOT NULL,
    account_locked_until timestamp with time zone,
    is_disabled boolean DEFAULT false NOT NULL,
    last_login_at timestamp with time zone,
    last_login_ip inet,
    name text,
    given_name text,
    family_name text,
    middle_name text,
    nickname text,
    preferred_username text,
    profile text,
    picture text,
    website text,
    gender text,
    birthdate text,
    zoneinfo text,
    locale text,
    phone_number text,
    phone_number_verified boolean DEFAULT false NOT NULL,
    address jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    credential_version bigint DEFAULT 1 NOT NULL,
    operator_locked_until timestamp with time zone,
    two_factor_enabled_at timestamp with time zone,
    CONSTRAINT users_email_format CHECK (((length(email) <= 254) AND (email ~ '^[^@[:space:][:cntrl:]<>()\[\],;:\\"]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'::text))),
    CONSTRAINT users_failed_login_attempts_range CHECK (((failed_login_attempts >= 0) AND (failed_login_attempts <= 10))),
    CONSTRAINT users_password_hash_not_empty CHECK ((password_hash <> ''::text))
)
WITH (fillfactor='90', autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW public.active_sessions AS
 SELECT s.id AS session_id,
    s.user_id,
    u.email,
    u.email_verified,
    u.name,
    s.ip_address,
    s.user_agent,
    s.device_fingerprint,
    s.client_id,
    s.auth_time,
    s.amr,
    s.acr,
    s.created_at,
    s.last_activity_at,
    s.expires_at
   FROM (public.sessions s
     JOIN public.users u ON ((u.id = s.user_id)))
  WHERE (s.is_active AND (s.expires_at > now()) AND (u.deleted_at IS NULL));

CREATE TABLE public.email_verification_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    email text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT email_verification_tokens_email_length CHECK ((length(email) <= 254)),
    CONSTRAINT email_verification_tokens_token_hash_length CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE public.password_reset_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    ip_address inet,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '01:00:00'::interval) NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT password_reset_tokens_token_hash_length CHECK ((octet_length(token_hash) = 32))
);

CREATE TABLE public.refresh_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    session_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    parent_token_id uuid,
    family_id uuid NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    client_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '7 days'::interval) NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    payload bytea,
    successor_sealed bytea,
    CONSTRAINT refresh_tokens_token_hash_length CHECK ((octet_length(token_hash) = 32))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE VIEW public.user_security_status AS
 SELECT u.id AS user_id,
    u.email,
    u.email_verified,
    u.failed_login_attempts,
    u.account_locked_until,
    COALESCE((GREATEST(u.account_locked_until, u.operator_locked_until) > now()), false) AS is_locked,
    u.is_disabled,
    u.two_factor_enabled,
    u.password_changed_at,
    u.last_login_at,
    u.last_login_ip,
    ( SELECT count(*) AS count
           FROM public.sessions s
          WHERE ((s.user_id = u.id) AND s.is_active AND (s.expires_at > now()))) AS active_session_count,
    last_event.event_type AS last_event_type,
    last_event.event_status AS last_event_status,
    last_event.created_at AS last_event_at,
    u.operator_locked_until
   FROM (public.users u
     LEFT JOIN LATERAL ( SELECT a.event_type,
            a.event_status,
            a.created_at
           FROM public.audit_logs a
          WHERE (a.user_id = u.id)
          ORDER BY a.created_at DESC
         LIMIT 1) last_event ON (true))
  WHERE (u.deleted_at IS NULL);

ALTER TABLE ONLY public.audit_logs ATTACH PARTITION idp.audit_logs_default DEFAULT;

ALTER TABLE ONLY idp.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.attribute_definitions
    ADD CONSTRAINT attribute_definitions_pkey PRIMARY KEY (name);

ALTER TABLE ONLY idp.audit_exports
    ADD CONSTRAINT audit_exports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_logs
    ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at);

ALTER TABLE ONLY idp.audit_logs_default
    ADD CONSTRAINT audit_logs_default_pkey PRIMARY KEY (id, created_at);

ALTER TABLE ONLY idp.audit_seals
    ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (number);

ALTER TABLE ONLY idp.begun_requests
    ADD CONSTRAINT begun_requests_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY idp.claim_mappings
    ADD CONSTRAINT claim_mappings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY idp.data_protection_keys
    ADD CONSTRAINT data_protection_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.denials
    ADD CONSTRAINT denials_pkey PRIMARY KEY (key_hash);

ALTER TABLE ONLY idp.detection_progress
    ADD CONSTRAINT detection_progress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.email_change_reverts
    ADD CONSTRAINT email_change_reverts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.email_change_reverts
    ADD CONSTRAINT email_change_reverts_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.event_types
    ADD CONSTRAINT event_types_pkey PRIMARY KEY (audit_type);

ALTER TABLE ONLY idp.events
    ADD CONSTRAINT events_id_key UNIQUE (id);

ALTER TABLE ONLY idp.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY idp.external_logins
    ADD CONSTRAINT external_logins_pkey PRIMARY KEY (provider, subject);

ALTER TABLE ONLY idp.figures
    ADD CONSTRAINT figures_pkey PRIMARY KEY (name);

ALTER TABLE ONLY idp.grants
    ADD CONSTRAINT grants_key_hash_key UNIQUE (key_hash);

ALTER TABLE ONLY idp.grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.group_roles
    ADD CONSTRAINT group_roles_pkey PRIMARY KEY (group_id, role_id);

ALTER TABLE ONLY idp.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (key_hash);

ALTER TABLE ONLY idp.instances
    ADD CONSTRAINT instances_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.invitations
    ADD CONSTRAINT invitations_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.login_challenges
    ADD CONSTRAINT login_challenges_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY idp.logout_deliveries
    ADD CONSTRAINT logout_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.logout_deliveries
    ADD CONSTRAINT logout_deliveries_session_id_client_id_key UNIQUE (session_id, client_id);

ALTER TABLE ONLY idp.magic_links
    ADD CONSTRAINT magic_links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.magic_links
    ADD CONSTRAINT magic_links_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.mail_outbox
    ADD CONSTRAINT mail_outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.monitoring_progress
    ADD CONSTRAINT monitoring_progress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.passkey_ceremonies
    ADD CONSTRAINT passkey_ceremonies_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY idp.passkey_offers
    ADD CONSTRAINT passkey_offers_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY idp.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);

ALTER TABLE ONLY idp.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.personal_access_tokens
    ADD CONSTRAINT personal_access_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.personal_access_tokens
    ADD CONSTRAINT personal_access_tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, number);

ALTER TABLE ONLY idp.registration_tokens
    ADD CONSTRAINT registration_tokens_client_id_key UNIQUE (client_id);

ALTER TABLE ONLY idp.registration_tokens
    ADD CONSTRAINT registration_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY idp.replay_guard
    ADD CONSTRAINT replay_guard_pkey PRIMARY KEY (key_hash);

ALTER TABLE ONLY idp.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.scheduled_deactivations
    ADD CONSTRAINT scheduled_deactivations_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY idp.schema_migrations
    ADD CONSTRAINT schema_migrations_name_key UNIQUE (name);

ALTER TABLE ONLY idp.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY idp.scopes
    ADD CONSTRAINT scopes_pkey PRIMARY KEY (name);

ALTER TABLE ONLY idp.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (name);

ALTER TABLE ONLY idp.secure_account_links
    ADD CONSTRAINT secure_account_links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.secure_account_links
    ADD CONSTRAINT secure_account_links_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.session_clients
    ADD CONSTRAINT session_clients_pkey PRIMARY KEY (session_id, client_id);

ALTER TABLE ONLY idp.session_counts
    ADD CONSTRAINT session_counts_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY idp.sign_in_codes
    ADD CONSTRAINT sign_in_codes_pkey PRIMARY KEY (browser_hash);

ALTER TABLE ONLY idp.sign_in_minutes
    ADD CONSTRAINT sign_in_minutes_pkey PRIMARY KEY (minute);

ALTER TABLE ONLY idp.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY idp.throttle_counters
    ADD CONSTRAINT throttle_counters_pkey PRIMARY KEY (key);

ALTER TABLE ONLY idp.token_families
    ADD CONSTRAINT token_families_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.trusted_devices
    ADD CONSTRAINT trusted_devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.trusted_devices
    ADD CONSTRAINT trusted_devices_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY idp.user_attributes
    ADD CONSTRAINT user_attributes_pkey PRIMARY KEY (user_id, name);

ALTER TABLE ONLY idp.user_groups
    ADD CONSTRAINT user_groups_pkey PRIMARY KEY (user_id, group_id);

ALTER TABLE ONLY idp.user_roles
    ADD CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_id);

ALTER TABLE ONLY idp.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_id_event_seq_key UNIQUE (endpoint_id, event_seq);

ALTER TABLE ONLY idp.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY idp.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.email_verification_tokens
    ADD CONSTRAINT email_verification_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.password_reset_tokens
    ADD CONSTRAINT password_reset_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_family_generation_key UNIQUE (family_id, generation);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX alerts_closed ON idp.alerts USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX alerts_incident ON idp.alerts USING btree (rule, subject, last_seen_at DESC);

CREATE INDEX alerts_newest ON idp.alerts USING btree (opened_at DESC, id DESC);

CREATE UNIQUE INDEX alerts_open ON idp.alerts USING btree (rule, subject) WHERE (closed_at IS NULL);

CREATE INDEX idx_audit_logs_created_at ON ONLY public.audit_logs USING btree (created_at DESC);

CREATE INDEX audit_logs_default_created_at_idx ON idp.audit_logs_default USING btree (created_at DESC);

CREATE INDEX idx_audit_logs_status_type ON ONLY public.audit_logs USING btree (event_status, event_type);

CREATE INDEX audit_logs_default_event_status_event_type_idx ON idp.audit_logs_default USING btree (event_status, event_type);

CREATE INDEX idx_audit_logs_event_type_created ON ONLY public.audit_logs USING btree (event_type, created_at DESC);

CREATE INDEX audit_logs_default_event_type_created_at_idx ON idp.audit_logs_default USING btree (event_type, created_at DESC);

CREATE INDEX idx_audit_logs_ip_created ON ONLY public.audit_logs USING btree (ip_address, created_at DESC);

CREATE INDEX audit_logs_default_ip_address_created_at_idx ON idp.audit_logs_default USING btree (ip_address, created_at DESC);

CREATE INDEX audit_logs_activity ON ONLY public.audit_logs USING btree (user_id, created_at DESC, id) WHERE (event_type <> ALL (ARRAY['token_refreshed'::text, 'token_issued'::text]));

CREATE INDEX audit_logs_default_user_id_created_at_id_idx ON idp.audit_logs_default USING btree (user_id, created_at DESC, id) WHERE (event_type <> ALL (ARRAY['token_refreshed'::text, 'token_issued'::text]));

CREATE INDEX idx_audit_logs_user_created ON ONLY public.audit_logs USING btree (user_id, created_at DESC);

CREATE INDEX audit_logs_default_user_id_created_at_idx ON idp.audit_logs_default USING btree (user_id, created_at DESC);

CREATE INDEX begun_requests_expires ON idp.begun_requests USING btree (expires_at);

CREATE UNIQUE INDEX claim_mappings_claim ON idp.claim_mappings USING btree (claim, scope, client_id) NULLS NOT DISTINCT;

CREATE INDEX denials_expires ON idp.denials USING btree (expires_at);

CREATE INDEX denials_newest ON idp.denials USING btree (created_at);

CREATE INDEX email_change_reverts_expires ON idp.email_change_reverts USING btree (expires_at);

CREATE INDEX email_change_reverts_user ON idp.email_change_reverts USING btree (user_id);

CREATE INDEX events_occurred ON idp.events USING btree (occurred_at);

CREATE INDEX events_user ON idp.events USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE UNIQUE INDEX external_logins_user ON idp.external_logins USING btree (user_id, provider);

CREATE INDEX grants_expires ON idp.grants USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE UNIQUE INDEX grants_one_consent ON idp.grants USING btree (user_id, client_id) WHERE (kind = 'consent'::text);

CREATE INDEX grants_session ON idp.grants USING btree (session_id) WHERE (session_id IS NOT NULL);

CREATE INDEX grants_user ON idp.grants USING btree (user_id, kind) WHERE (user_id IS NOT NULL);

CREATE UNIQUE INDEX grants_user_code ON idp.grants USING btree (((data ->> 'user_code'::text))) WHERE (kind = 'device_code'::text);

CREATE INDEX group_roles_role ON idp.group_roles USING btree (role_id);

CREATE UNIQUE INDEX groups_name ON idp.groups USING btree (lower((name COLLATE "C")));

CREATE INDEX idempotency_keys_expires ON idp.idempotency_keys USING btree (expires_at);

CREATE UNIQUE INDEX invitations_email ON idp.invitations USING btree (lower((email COLLATE "C")));

CREATE INDEX invitations_expires ON idp.invitations USING btree (expires_at);

CREATE INDEX login_challenges_expires ON idp.login_challenges USING btree (expires_at);

CREATE INDEX logout_deliveries_abandoned ON idp.logout_deliveries USING btree (abandoned_at) WHERE (abandoned_at IS NOT NULL);

CREATE INDEX logout_deliveries_created ON idp.logout_deliveries USING btree (created_at DESC);

CREATE INDEX logout_deliveries_due ON idp.logout_deliveries USING btree (client_id, next_attempt_at) WHERE ((delivered_at IS NULL) AND (abandoned_at IS NULL));

CREATE INDEX magic_links_expires ON idp.magic_links USING btree (expires_at);

CREATE INDEX magic_links_user ON idp.magic_links USING btree (user_id);

CREATE INDEX mail_outbox_created ON idp.mail_outbox USING btree (created_at);

CREATE INDEX mail_outbox_due ON idp.mail_outbox USING btree (next_attempt_at) WHERE (state = 'queued'::text);

CREATE INDEX mail_outbox_recipient ON idp.mail_outbox USING btree (recipient_hash, created_at);

CREATE INDEX mail_outbox_user ON idp.mail_outbox USING btree (user_id) WHERE (user_id IS NOT NULL);

CREATE INDEX mail_outbox_waiting ON idp.mail_outbox USING btree (created_at) WHERE (state = 'queued'::text);

CREATE INDEX passkey_ceremonies_expires ON idp.passkey_ceremonies USING btree (expires_at);

CREATE INDEX passkeys_user ON idp.passkeys USING btree (user_id);

CREATE INDEX personal_access_tokens_expires ON idp.personal_access_tokens USING btree (expires_at);

CREATE INDEX personal_access_tokens_user ON idp.personal_access_tokens USING btree (user_id);

CREATE INDEX registration_tokens_expires ON idp.registration_tokens USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX replay_guard_expires ON idp.replay_guard USING btree (expires_at);

CREATE UNIQUE INDEX roles_name ON idp.roles USING btree (lower((name COLLATE "C")), client_id) NULLS NOT DISTINCT;

CREATE INDEX scheduled_deactivations_due ON idp.scheduled_deactivations USING btree (deactivate_at);

CREATE INDEX secure_account_links_expires ON idp.secure_account_links USING btree (expires_at);

CREATE INDEX secure_account_links_user ON idp.secure_account_links USING btree (user_id);

CREATE INDEX sign_in_codes_expires ON idp.sign_in_codes USING btree (expires_at);

CREATE INDEX sign_in_codes_user ON idp.sign_in_codes USING btree (user_id);

CREATE INDEX throttle_counters_window ON idp.throttle_counters USING btree (window_ends_at);

CREATE INDEX token_families_expires ON idp.token_families USING btree (absolute_expires_at);

CREATE INDEX token_families_session ON idp.token_families USING btree (session_id);

CREATE INDEX token_families_user_client ON idp.token_families USING btree (user_id, client_id);

CREATE INDEX trusted_devices_expires ON idp.trusted_devices USING btree (expires_at);

CREATE INDEX trusted_devices_user ON idp.trusted_devices USING btree (user_id);

CREATE INDEX user_attributes_name ON idp.user_attributes USING btree (name);

CREATE INDEX user_groups_group ON idp.user_groups USING btree (group_id, user_id);

CREATE INDEX user_roles_role ON idp.user_roles USING btree (role_id, user_id);

CREATE INDEX webhook_deliveries_due ON idp.webhook_deliveries USING btree (endpoint_id, next_attempt_at) WHERE ((delivered_at IS NULL) AND (abandoned_at IS NULL));

CREATE INDEX webhook_deliveries_event ON idp.webhook_deliveries USING btree (event_seq);

CREATE INDEX webhook_deliveries_newest ON idp.webhook_deliveries USING btree (endpoint_id, created_at DESC);

CREATE INDEX webhook_deliveries_order ON idp.webhook_deliveries USING btree (endpoint_id, event_seq) WHERE ((delivered_at IS NULL) AND (abandoned_at IS NULL));

CREATE INDEX webhook_deliveries_person ON idp.webhook_deliveries USING btree (endpoint_id, user_id, event_seq) WHERE ((delivered_at IS NULL) AND (abandoned_at IS NULL));

CREATE INDEX email_verification_tokens_expires ON public.email_verification_tokens USING btree (expires_at);

CREATE UNIQUE INDEX idx_email_verification_tokens_token_hash ON public.email_verification_tokens USING btree (token_hash);

CREATE INDEX idx_email_verification_tokens_user_id ON public.email_verification_tokens USING btree (user_id);

CREATE INDEX idx_password_reset_tokens_expires_at ON public.password_reset_tokens USING btree (expires_at);

CREATE UNIQUE INDEX idx_password_reset_tokens_token_hash ON public.password_reset_tokens USING btree (token_hash);

CREATE INDEX idx_password_reset_tokens_user_id ON public.password_reset_tokens USING btree (user_id);

CREATE INDEX idx_refresh_tokens_expires_at ON public.refresh_tokens USING btree (expires_at);

CREATE INDEX idx_refresh_tokens_session_id ON public.refresh_tokens USING btree (session_id);

CREATE INDEX idx_refresh_tokens_token_hash ON public.refresh_tokens USING btree (token_hash) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX idx_sessions_expires_at ON public.sessions USING btree (expires_at) WHERE is_active;

CREATE INDEX idx_sessions_last_activity_at ON public.sessions USING btree (last_activity_at DESC);

CREATE UNIQUE INDEX idx_sessions_token_hash ON public.sessions USING btree (token_hash) WHERE is_active;

CREATE INDEX idx_sessions_user_active_expires ON public.sessions USING btree (user_id, is_active, expires_at);

CREATE INDEX idx_sessions_user_id ON public.sessions USING btree (user_id) WHERE is_active;

CREATE INDEX idx_users_account_locked_until ON public.users USING btree (account_locked_until) WHERE (account_locked_until IS NOT NULL);

CREATE INDEX idx_users_created_at ON public.users USING btree (created_at DESC);

CREATE UNIQUE INDEX idx_users_email ON public.users USING btree (lower((email COLLATE "C"))) WHERE (deleted_at IS NULL);

CREATE INDEX idx_users_last_login_at ON public.users USING btree (last_login_at DESC);

CREATE INDEX sessions_device ON public.sessions USING btree (user_id, device_fingerprint, created_at) WHERE (device_fingerprint IS NOT NULL);

CREATE INDEX sessions_ended ON public.sessions USING btree (COALESCE(revoked_at, expires_at)) WHERE (NOT is_active);

CREATE INDEX sessions_idle ON public.sessions USING btree (last_activity_at, id) WHERE (is_active AND (client_id IS NULL));

CREATE INDEX users_disabled ON public.users USING btree (created_at DESC, id) WHERE (is_disabled AND (deleted_at IS NULL));

CREATE INDEX users_name ON public.users USING btree (lower((name COLLATE "C")), id) WHERE ((deleted_at IS NULL) AND (name IS NOT NULL));

CREATE INDEX users_operator_locked ON public.users USING btree (operator_locked_until) WHERE (operator_locked_until IS NOT NULL);

CREATE INDEX users_search ON public.users USING gin (lower(((email || ' '::text) || COALESCE(name, ''::text))) idp.gin_trgm_ops) WITH (gin_pending_list_limit='512') WHERE (deleted_at IS NULL);

CREATE INDEX users_unverified ON public.users USING btree (created_at DESC, id) WHERE ((NOT email_verified) AND (deleted_at IS NULL));

ALTER INDEX public.idx_audit_logs_created_at ATTACH PARTITION idp.audit_logs_default_created_at_idx;

ALTER INDEX public.idx_audit_logs_status_type ATTACH PARTITION idp.audit_logs_default_event_status_event_type_idx;

ALTER INDEX public.idx_audit_logs_event_type_created ATTACH PARTITION idp.audit_logs_default_event_type_created_at_idx;

ALTER INDEX public.idx_audit_logs_ip_created ATTACH PARTITION idp.audit_logs_default_ip_address_created_at_idx;

ALTER INDEX public.audit_logs_pkey ATTACH PARTITION idp.audit_logs_default_pkey;

ALTER INDEX public.audit_logs_activity ATTACH PARTITION idp.audit_logs_default_user_id_created_at_id_idx;

ALTER INDEX public.idx_audit_logs_user_created ATTACH PARTITION idp.audit_logs_default_user_id_created_at_idx;

CREATE TRIGGER claim_mappings_changed AFTER INSERT OR DELETE OR UPDATE ON idp.claim_mappings FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TRIGGER clients_changed AFTER INSERT OR DELETE OR UPDATE ON idp.clients FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TRIGGER mail_outbox_changed AFTER INSERT ON idp.mail_outbox FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TRIGGER scopes_changed AFTER INSERT OR DELETE OR UPDATE ON idp.scopes FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TRIGGER signing_keys_changed AFTER INSERT OR DELETE OR UPDATE ON idp.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

CREATE TRIGGER notify_account_change AFTER UPDATE ON public.users FOR EACH ROW WHEN (((old.credential_version <> new.credential_version) OR (old.email <> new.email) OR (old.email_verified <> new.email_verified) OR (old.two_factor_enabled <> new.two_factor_enabled) OR (old.is_disabled <> new.is_disabled) OR (old.name IS DISTINCT FROM new.name) OR (old.deleted_at IS DISTINCT FROM new.deleted_at) OR (old.operator_locked_until IS DISTINCT FROM new.operator_locked_until))) EXECUTE FUNCTION idp.notify_session();

CREATE TRIGGER notify_session_change AFTER UPDATE ON public.sessions FOR EACH ROW WHEN ((old.is_active AND ((NOT new.is_active) OR (old.token_hash <> new.token_hash) OR (old.expires_at <> new.expires_at) OR (old.auth_time <> new.auth_time) OR (old.amr <> new.amr) OR (old.acr IS DISTINCT FROM new.acr) OR (old.step_up_at IS DISTINCT FROM new.step_up_at)))) EXECUTE FUNCTION idp.notify_session();

CREATE TRIGGER notify_session_end AFTER DELETE ON public.sessions FOR EACH ROW WHEN (old.is_active) EXECUTE FUNCTION idp.notify_session();

CREATE TRIGGER queue_event AFTER INSERT ON public.audit_logs FOR EACH ROW WHEN (((new.event_type <> ALL (ARRAY['token_issued'::text, 'token_refreshed'::text, 'token_exchanged'::text])) AND ((new.event_type <> 'login'::text) OR (new.event_status = 'success'::text)) AND (new.created_at > (now() - '00:05:00'::interval)))) EXECUTE FUNCTION idp.queue_event();

CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

ALTER TABLE ONLY idp.email_change_reverts
    ADD CONSTRAINT email_change_reverts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.external_logins
    ADD CONSTRAINT external_logins_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.grants
    ADD CONSTRAINT grants_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.grants
    ADD CONSTRAINT grants_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.group_roles
    ADD CONSTRAINT group_roles_group_id_fkey FOREIGN KEY (group_id) REFERENCES idp.groups(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.group_roles
    ADD CONSTRAINT group_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES idp.roles(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.login_challenges
    ADD CONSTRAINT login_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.magic_links
    ADD CONSTRAINT magic_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.mail_outbox
    ADD CONSTRAINT mail_outbox_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.passkey_ceremonies
    ADD CONSTRAINT passkey_ceremonies_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.passkey_offers
    ADD CONSTRAINT passkey_offers_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.personal_access_tokens
    ADD CONSTRAINT personal_access_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.recovery_codes
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.registration_tokens
    ADD CONSTRAINT registration_tokens_client_id_fkey FOREIGN KEY (client_id) REFERENCES idp.clients(client_id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.scheduled_deactivations
    ADD CONSTRAINT scheduled_deactivations_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.secure_account_links
    ADD CONSTRAINT secure_account_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.session_clients
    ADD CONSTRAINT session_clients_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.session_counts
    ADD CONSTRAINT session_counts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.sign_in_codes
    ADD CONSTRAINT sign_in_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.token_families
    ADD CONSTRAINT token_families_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.token_families
    ADD CONSTRAINT token_families_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.trusted_devices
    ADD CONSTRAINT trusted_devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_attributes
    ADD CONSTRAINT user_attributes_name_fkey FOREIGN KEY (name) REFERENCES idp.attribute_definitions(name) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_attributes
    ADD CONSTRAINT user_attributes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_groups
    ADD CONSTRAINT user_groups_group_id_fkey FOREIGN KEY (group_id) REFERENCES idp.groups(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_groups
    ADD CONSTRAINT user_groups_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_roles
    ADD CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES idp.roles(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.user_roles
    ADD CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES idp.webhook_endpoints(id) ON DELETE CASCADE;

ALTER TABLE ONLY idp.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_event_seq_fkey FOREIGN KEY (event_seq) REFERENCES idp.events(seq) ON DELETE CASCADE;

ALTER TABLE ONLY public.email_verification_tokens
    ADD CONSTRAINT email_verification_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.password_reset_tokens
    ADD CONSTRAINT password_reset_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

GRANT USAGE ON SCHEMA idp TO identity_app;

GRANT USAGE ON SCHEMA public TO identity_app;

REVOKE ALL ON FUNCTION idp.audit_default_is_empty() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.audit_default_is_empty() TO identity_app;

REVOKE ALL ON FUNCTION idp.audit_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.audit_partitions() TO identity_app;

REVOKE ALL ON FUNCTION idp.drop_audit_partitions(retention interval) FROM PUBLIC;
GRANT ALL ON FUNCTION idp.drop_audit_partitions(retention interval) TO identity_app;

REVOKE ALL ON FUNCTION idp.end_sessions(session_ids uuid[], reason text, actor_ip inet, actor_user_agent text, extra jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION idp.end_sessions(session_ids uuid[], reason text, actor_ip inet, actor_user_agent text, extra jsonb) TO identity_app;

REVOKE ALL ON FUNCTION idp.ensure_audit_partitions(months_ahead integer) FROM PUBLIC;
GRANT ALL ON FUNCTION idp.ensure_audit_partitions(months_ahead integer) TO identity_app;

REVOKE ALL ON FUNCTION idp.heal_audit_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.heal_audit_partitions() TO identity_app;

REVOKE ALL ON FUNCTION idp.notify_change() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.notify_change() TO identity_app;

REVOKE ALL ON FUNCTION idp.notify_session() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.notify_session() TO identity_app;

REVOKE ALL ON FUNCTION idp.queue_event() FROM PUBLIC;

REVOKE ALL ON FUNCTION idp.uuid_v7() FROM PUBLIC;
GRANT ALL ON FUNCTION idp.uuid_v7() TO identity_app;

REVOKE ALL ON FUNCTION public.cleanup_expired_sessions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.cleanup_expired_sessions() TO identity_app;

REVOKE ALL ON FUNCTION public.cleanup_expired_tokens() FROM PUBLIC;
GRANT ALL ON FUNCTION public.cleanup_expired_tokens() TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.alerts TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.attribute_definitions TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.audit_exports TO identity_app;

GRANT SELECT,INSERT ON TABLE public.audit_logs TO identity_app;

GRANT SELECT,INSERT ON TABLE idp.audit_seals TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.begun_requests TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.claim_mappings TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.clients TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.data_protection_keys TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.denials TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.detection_progress TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.email_change_reverts TO identity_app;

GRANT SELECT ON TABLE idp.event_types TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.events TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.external_logins TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.figures TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.grants TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.group_roles TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.groups TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.idempotency_keys TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.instances TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.invitations TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.login_challenges TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.logout_deliveries TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.magic_links TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.mail_outbox TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.monitoring_progress TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.passkey_ceremonies TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.passkey_offers TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.passkeys TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.personal_access_tokens TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.recovery_codes TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.registration_tokens TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.replay_guard TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.roles TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.scheduled_deactivations TO identity_app;

GRANT SELECT ON TABLE idp.schema_migrations TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.scopes TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.secrets TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.secure_account_links TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.session_clients TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.session_counts TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.sign_in_codes TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.sign_in_minutes TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.signing_keys TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.throttle_counters TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.token_families TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.trusted_devices TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.user_attributes TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.user_groups TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.user_roles TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.webhook_deliveries TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE idp.webhook_endpoints TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO identity_app;

GRANT SELECT ON TABLE public.active_sessions TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_verification_tokens TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.password_reset_tokens TO identity_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_tokens TO identity_app;

GRANT SELECT ON TABLE public.user_security_status TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES
    (1, '001_initial_schema'),
    (2, '002_idp'),
    (3, '003_second_factor_mail_recovery'),
    (4, '004_protocols'),
    (5, '005_external_issuer'),
    (6, '006_failed_attempts'),
    (7, '007_credential_version'),
    (8, '008_kinds_of_grants'),
    (9, '009_administration'),
    (10, '010_detection'),
    (11, '011_mail_waiting'),
    (12, '012_scale'),
    (13, '013_people'),
    (14, '014_risk'),
    (15, '015_secure_account'),
    (16, '016_invitations_and_codes'),
    (17, '017_monitoring'),
    (18, '018_idempotency_keys'),
    (19, '019_session_sample'),
    (20, '020_webhooks'),
    (24, '024_session_news'),
    (25, '025_personal_access_tokens'),
    (26, '026_passkey_offers'),
    (27, '027_detection_plans'),
    (33, '033_unverified_people');
DO $$ BEGIN PERFORM idp.ensure_audit_partitions(6); END $$;
COMMIT;
