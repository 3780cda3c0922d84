-- 011: the oldest mail that waits is found at once, however many were sent: readiness asks for it.
BEGIN;

CREATE INDEX mail_outbox_waiting ON idp.mail_outbox (created_at) WHERE state = 'queued';

INSERT INTO idp.schema_migrations (version, name) VALUES (11, '011_mail_waiting');
COMMIT;
