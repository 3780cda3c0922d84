-- 007: the version of an account's credentials, the operator's lock, and since when the second factor stands.
BEGIN;

-- Whatever changes or takes back a credential raises credential_version in its own transaction; what was judged on a credential is written only while the
-- version is the one that was judged.
-- operator_locked_until is no throttling: nobody acts as the person until then, by whatever proof. account_locked_until stays what wrong passwords start.
ALTER TABLE public.users
    ADD COLUMN credential_version    bigint NOT NULL DEFAULT 1,
    ADD COLUMN operator_locked_until timestamptz,
    ADD COLUMN two_factor_enabled_at timestamptz;             -- null: off, or on since before this migration

-- What is under way carries the version that was judged. Rows of before this have none, and are over.
ALTER TABLE idp.login_challenges ADD COLUMN credential_version bigint;
ALTER TABLE idp.magic_links ADD COLUMN credential_version bigint;
ALTER TABLE idp.passkey_ceremonies ADD COLUMN credential_version bigint;

CREATE OR REPLACE VIEW public.user_security_status AS
SELECT u.id AS user_id, u.email, u.email_verified, u.failed_login_attempts, u.account_locked_until,
       coalesce(greatest(u.account_locked_until, u.operator_locked_until) > now(), false) AS is_locked, u.is_disabled, u.two_factor_enabled, u.password_changed_at,
       u.last_login_at, u.last_login_ip,
       (SELECT count(*) FROM public.sessions s WHERE s.user_id = u.id AND s.is_active AND s.expires_at > now()) AS active_session_count,
       last_event.event_type AS last_event_type, last_event.event_status AS last_event_status, last_event.created_at AS last_event_at,
       u.operator_locked_until
FROM public.users u
LEFT JOIN LATERAL (
    SELECT a.event_type, a.event_status, a.created_at FROM public.audit_logs a
    WHERE a.user_id = u.id ORDER BY a.created_at DESC LIMIT 1) last_event ON true
WHERE u.deleted_at IS NULL;

-- Accounts that were removed by the command line before there was one way to end an account kept the person's data, and a login elsewhere that no other
-- account could link. They are erased now, as an erasure does it.
DELETE FROM public.sessions s USING public.users u WHERE u.id = s.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM public.password_reset_tokens t USING public.users u WHERE u.id = t.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM public.email_verification_tokens t USING public.users u WHERE u.id = t.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.grants g USING public.users u WHERE u.id = g.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.token_families f USING public.users u WHERE u.id = f.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.recovery_codes c USING public.users u WHERE u.id = c.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.trusted_devices d USING public.users u WHERE u.id = d.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.passkeys p USING public.users u WHERE u.id = p.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.passkey_ceremonies c USING public.users u WHERE u.id = c.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.login_challenges c USING public.users u WHERE u.id = c.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.magic_links l USING public.users u WHERE u.id = l.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.email_change_reverts r USING public.users u WHERE u.id = r.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.external_logins e USING public.users u WHERE u.id = e.user_id AND u.deleted_at IS NOT NULL;
DELETE FROM idp.mail_outbox m USING public.users u WHERE u.id = m.user_id AND u.deleted_at IS NOT NULL;
UPDATE public.users SET email = 'erased-' || id || '@erased.invalid', email_verified = false, password_hash = NULL, password_changed_at = NULL,
    two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL, failed_login_attempts = 0, account_locked_until = NULL,
    last_login_at = NULL, last_login_ip = NULL, name = NULL, given_name = NULL, family_name = NULL, middle_name = NULL, nickname = NULL,
    preferred_username = NULL, profile = NULL, picture = NULL, website = NULL, gender = NULL, birthdate = NULL, zoneinfo = NULL, locale = NULL,
    phone_number = NULL, phone_number_verified = false, address = NULL
WHERE deleted_at IS NOT NULL AND email NOT LIKE 'erased-%@erased.invalid';

INSERT INTO idp.schema_migrations (version, name) VALUES (7, '007_credential_version');
COMMIT;
