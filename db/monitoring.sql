-- Metrics and alerts over the six tables, in schema monitoring. Idempotent; needs the owner:
--     psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/monitoring.sql
--     SELECT * FROM monitoring.metrics;      -- five rows: value, target, whether it is met
--     SELECT * FROM monitoring.alerts;       -- empty when all is quiet
-- Every function takes the moment to look from, so that a past incident can be looked at again.
BEGIN;
CREATE SCHEMA IF NOT EXISTS monitoring;

-- Attempts to sign in within a window that ends at a moment. A blocked attempt is one that throttling or a lock turned away.
CREATE OR REPLACE FUNCTION monitoring.login_attempts(at timestamptz DEFAULT now(), span interval DEFAULT interval '24 hours')
RETURNS TABLE (succeeded bigint, failed bigint) LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT s.succeeded, s.failed + s.blocked FROM idp.sign_ins(at - span, at) s
$$;

-- 1. Of every hundred attempts, how many succeed. Null when nobody tried. Target: above 95.
CREATE OR REPLACE FUNCTION monitoring.authentication_success_rate(at timestamptz DEFAULT now(), span interval DEFAULT interval '24 hours')
RETURNS numeric LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT round(100.0 * succeeded / nullif(succeeded + failed, 0), 2) FROM monitoring.login_attempts(at, span)
$$;

-- 2. Milliseconds that the database needs to validate a session, over a sample of sessions that are good now. Null when there is none. Target: below 5.
CREATE OR REPLACE FUNCTION monitoring.session_validation_ms(samples integer DEFAULT 100)
RETURNS numeric LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$ SELECT idp.session_validation_ms(samples) $$;

-- 3. Of every hundred attempts, how many fail. Target: below 5.
CREATE OR REPLACE FUNCTION monitoring.failed_login_rate(at timestamptz DEFAULT now(), span interval DEFAULT interval '24 hours')
RETURNS numeric LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT round(100.0 * failed / nullif(succeeded + failed, 0), 2) FROM monitoring.login_attempts(at, span)
$$;

-- 4. Of every hundred accounts, how many were locked within a day. Target: below 1.
CREATE OR REPLACE FUNCTION monitoring.account_lockout_rate(at timestamptz DEFAULT now(), span interval DEFAULT interval '24 hours')
RETURNS numeric LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT round(100.0 * (SELECT count(DISTINCT user_id) FROM public.audit_logs WHERE event_type = 'account_locked' AND created_at > at - span AND created_at <= at)
        / nullif(idp.account_count(), 0), 2)
$$;

-- 5. Active sessions of those who have any, on average, over a sample of three hundred people. Target: below 5.
CREATE OR REPLACE FUNCTION monitoring.active_sessions_per_user()
RETURNS numeric LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$ SELECT idp.active_sessions_per_user() $$;

CREATE OR REPLACE VIEW monitoring.metrics AS
SELECT m.metric, m.value, t.unit, t.target, CASE WHEN m.value IS NULL THEN NULL WHEN t.above THEN m.value > t.bound ELSE m.value < t.bound END AS met
FROM idp.service_metrics() m JOIN (VALUES
    ('authentication_success_rate', 'percent', '> 95', true, 95),
    ('session_validation', 'milliseconds', '< 5', false, 5),
    ('failed_login_rate', 'percent', '< 5', false, 5),
    ('account_lockouts', 'percent of users a day', '< 1', false, 1),
    ('active_sessions_per_user', 'sessions', '< 5', false, 5)) t (metric, unit, target, above, bound) ON t.metric = m.metric;

-- Alert: more than 100 failed logins in 5 minutes. 100 are silent, 101 are one row.
CREATE OR REPLACE FUNCTION monitoring.brute_force(at timestamptz DEFAULT now())
RETURNS TABLE (failed_logins bigint, addresses bigint, accounts bigint, first_at timestamptz, last_at timestamptz) LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT count(*), count(DISTINCT ip_address), count(DISTINCT user_id), min(created_at), max(created_at) FROM public.audit_logs
    WHERE event_type = 'login' AND event_status IN ('failure', 'blocked') AND created_at > at - interval '5 minutes' AND created_at <= at
    HAVING count(*) > 100
$$;

-- Alert: one address tries more than 20 different accounts in an hour. 20 are silent, 21 are a row. IPv6 counts by /64, for that is what one customer is given.
-- An attempt on an account that does not exist counts by details ->> 'account_hash' (a keyed hash; what was typed is never stored), and by itself where there is none.
CREATE OR REPLACE FUNCTION monitoring.credential_stuffing(at timestamptz DEFAULT now())
RETURNS TABLE (network inet, accounts bigint, attempts bigint, succeeded bigint) LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT source, count(DISTINCT account), count(*), count(*) FILTER (WHERE event_status = 'success')
    FROM (SELECT CASE family(ip_address) WHEN 6 THEN network(set_masklen(ip_address, 64))::inet ELSE ip_address END AS source,
                 coalesce(user_id::text, details ->> 'account_hash', id::text) AS account, event_status
          FROM public.audit_logs WHERE event_type = 'login' AND ip_address IS NOT NULL AND created_at > at - interval '1 hour' AND created_at <= at) attempts
    GROUP BY source HAVING count(DISTINCT account) > 20
$$;

-- Alert: a user with more than 10 active sessions. 10 are silent, 11 are a row. A session that a client holds for offline access (client_id is set) is no sign-in.
-- Who they may be is kept up to date by the maintenance job session-counts, every ten minutes; how many they have is counted now.
CREATE OR REPLACE FUNCTION monitoring.anomalous_sessions()
RETURNS TABLE (user_id uuid, active_sessions bigint, addresses bigint) LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT c.user_id, n.sessions, n.addresses FROM idp.session_counts c CROSS JOIN LATERAL (
        SELECT count(*) AS sessions, count(DISTINCT s.ip_address) AS addresses FROM public.sessions s
        WHERE s.user_id = c.user_id AND s.is_active AND s.client_id IS NULL AND s.expires_at > now()) n
    WHERE c.active > 10 AND n.sessions > 10
$$;

CREATE OR REPLACE VIEW monitoring.alerts AS
SELECT 'brute_force' AS alert, NULL::text AS subject, failed_logins AS value, 100 AS threshold FROM monitoring.brute_force()
UNION ALL SELECT 'credential_stuffing', network::text, accounts, 20 FROM monitoring.credential_stuffing()
UNION ALL SELECT 'anomalous_session_count', user_id::text, active_sessions, 10 FROM monitoring.anomalous_sessions();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA monitoring FROM PUBLIC;
GRANT USAGE ON SCHEMA monitoring TO identity_app;
GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO identity_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA monitoring TO identity_app;
COMMIT;
