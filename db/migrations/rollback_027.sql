-- Undoes 027.
BEGIN;
CREATE OR REPLACE FUNCTION idp.detect_sessions(threshold bigint, since timestamptz, until timestamptz)
RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
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
    SELECT c.user_id::text, max(c.n), min(c.at), max(c.at) FROM counted c WHERE c.n > threshold GROUP BY c.user_id
$$;
DELETE FROM idp.schema_migrations WHERE version = 27;
COMMIT;
