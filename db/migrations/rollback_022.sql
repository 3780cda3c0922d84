-- Undoes 022. Every personal access token stops working.
BEGIN;
DROP TABLE idp.personal_access_tokens;
DELETE FROM idp.schema_migrations WHERE version = 22;
COMMIT;
