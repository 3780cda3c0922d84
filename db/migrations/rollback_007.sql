-- Takes back 007: operators' locks are lost, and so is what guards requests in flight. What was erased of removed accounts does not come back.
BEGIN;
DROP VIEW public.user_security_status;
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
GRANT SELECT ON public.user_security_status TO identity_app;
ALTER TABLE idp.passkey_ceremonies DROP COLUMN credential_version;
ALTER TABLE idp.magic_links DROP COLUMN credential_version;
ALTER TABLE idp.login_challenges DROP COLUMN credential_version;
ALTER TABLE public.users DROP COLUMN two_factor_enabled_at, DROP COLUMN operator_locked_until, DROP COLUMN credential_version;
DELETE FROM idp.schema_migrations WHERE version = 7;
COMMIT;
