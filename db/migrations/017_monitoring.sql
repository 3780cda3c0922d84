-- 017: monitoring. Sign-ins are counted by the minute as they become complete, so that the rates of a day cost a
-- thousand rows, whatever the traffic; what was measured, which programs run, and what was exported of the audit log.
BEGIN;

-- Sign-ins of one minute. Holds whole minutes within the covered span of idp.monitoring_progress; one without a sign-in
-- has no row.
CREATE TABLE idp.sign_in_minutes (
    minute     timestamptz PRIMARY KEY,
    succeeded  bigint      NOT NULL,
    failed     bigint      NOT NULL,
    blocked    bigint      NOT NULL
);

-- One row: which span is counted, and when an instance measured last.
CREATE TABLE idp.monitoring_progress (
    id             boolean     PRIMARY KEY DEFAULT true CHECK (id),
    covered_from   timestamptz NOT NULL,
    covered_until  timestamptz NOT NULL,
    measured_at    timestamptz NOT NULL DEFAULT '-infinity',
    CHECK (covered_from <= covered_until)
);
INSERT INTO idp.monitoring_progress (covered_from, covered_until)
SELECT start, start FROM (SELECT date_trunc('minute', now()) - interval '8 days' AS start) s;

-- The newest value of each figure, for every instance to show. Null: there is nothing to measure.
CREATE TABLE idp.figures (
    name         text        PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{1,63}$'),
    value        double precision,
    measured_at  timestamptz NOT NULL
);

-- The programs that run. Each notes itself once a minute.
CREATE TABLE idp.instances (
    id          uuid        PRIMARY KEY,
    host        text        NOT NULL CHECK (length(host) <= 200),
    version     text        NOT NULL CHECK (length(version) <= 100),
    started_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL
);

-- Up to which event the audit log was handed to a collector. One row; the lease names the instance that is at it.
CREATE TABLE idp.audit_exports (
    id            boolean     PRIMARY KEY DEFAULT true CHECK (id),
    through_time  timestamptz NOT NULL,
    through_id    uuid        NOT NULL,
    lease         uuid,
    leased_until  timestamptz NOT NULL DEFAULT '-infinity'
);

-- Counts the sign-ins of one more hour at most, up to the last whole minute in which no event can appear any more: behind
-- the clock by delay, and behind the oldest open transaction. Returns how far it came, or null when nothing was left or
-- another instance was at it. Minutes older than eight days go: the longest chart shows a week.
CREATE FUNCTION idp.count_sign_ins(delay interval) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
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

-- Sign-ins within (since, until], exactly: whole minutes that are counted already, and the events themselves at both
-- edges and where nothing is counted yet.
CREATE FUNCTION idp.sign_ins(since timestamptz, until timestamptz)
RETURNS TABLE (succeeded bigint, failed bigint, blocked bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
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

-- Accounts: counted, and from a hundred thousand on as the statistics have it, for a count reads them all.
CREATE FUNCTION idp.account_count() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN c.reltuples < 100000 THEN (SELECT count(*) FROM public.users u WHERE u.deleted_at IS NULL)
                ELSE c.reltuples::bigint END
    FROM pg_class c WHERE c.oid = 'public.users'::regclass
$$;

-- Milliseconds that the database needs to validate a session, over a sample of sessions that are good now. Null when
-- there is none.
CREATE FUNCTION idp.session_validation_ms(samples integer) RETURNS numeric
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
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

-- Active sessions of those who have any, on average; what clients hold for offline access is no sign-in and does not
-- count. Of three hundred people, from a random place in the index on: exact while there are fewer, and a sample above
-- that, for ids are random.
CREATE FUNCTION idp.active_sessions_per_user() RETURNS numeric
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
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

-- The five service metrics, over the 24 hours before a moment. Null: nobody tried, or there is nothing to measure.
CREATE FUNCTION idp.service_metrics(at timestamptz DEFAULT now()) RETURNS TABLE (metric text, value numeric)
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
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

REVOKE ALL ON idp.sign_in_minutes, idp.monitoring_progress, idp.figures, idp.instances, idp.audit_exports FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.sign_in_minutes, idp.monitoring_progress, idp.figures, idp.instances,
    idp.audit_exports TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (17, '017_monitoring');
COMMIT;
