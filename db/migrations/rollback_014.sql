-- Undoes 014. Codes that were mailed and not used yet are lost.
BEGIN;
DROP FUNCTION idp.detect_unusual_admins(bigint, timestamptz, timestamptz);
ALTER TABLE idp.login_challenges DROP COLUMN mail_code_hash;
DELETE FROM idp.schema_migrations WHERE version = 14;
COMMIT;
