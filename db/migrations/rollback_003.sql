-- Takes back 003: waiting mails, recovery codes, trusted devices, passkeys and external sign-ins are lost. TOTP secrets stand in users and stay.
BEGIN;
DROP TABLE idp.external_logins, idp.email_change_reverts, idp.magic_links, idp.login_challenges, idp.passkey_ceremonies, idp.passkeys,
    idp.trusted_devices, idp.recovery_codes, idp.mail_outbox;
DELETE FROM idp.schema_migrations WHERE version = 3;
COMMIT;
