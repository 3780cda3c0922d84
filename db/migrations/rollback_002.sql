-- Takes back 002: clients, keys, grants and token families are lost; the six tables stay. cleanup_expired_sessions() is 001's again.
BEGIN;
CREATE OR REPLACE FUNCTION public.cleanup_expired_sessions() RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
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
DROP FUNCTION idp.drop_audit_partitions(interval);
DROP FUNCTION idp.ensure_audit_partitions(integer);
DROP FUNCTION idp.end_sessions(uuid[], text, inet, text, jsonb);
DROP TABLE idp.audit_seals, idp.logout_deliveries, idp.session_clients, idp.replay_guard, idp.throttle_counters, idp.grants, idp.token_families,
    idp.data_protection_keys, idp.signing_keys, idp.scopes, idp.clients;
DROP FUNCTION idp.notify_change();
DELETE FROM idp.schema_migrations WHERE version = 2;
COMMIT;
