-- Undoes 005. Links stay, without their issuer.
BEGIN;
ALTER TABLE idp.external_logins DROP COLUMN issuer;
DELETE FROM idp.schema_migrations WHERE version = 5;
COMMIT;
