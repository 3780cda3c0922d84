-- Undoes 011.
BEGIN;
DROP INDEX idp.mail_outbox_waiting;
DELETE FROM idp.schema_migrations WHERE version = 11;
COMMIT;
