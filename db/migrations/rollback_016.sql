-- Undoes 016. Open invitations are lost, and codes that were mailed stop working.
BEGIN;
DROP TABLE idp.invitations, idp.sign_in_codes;
DELETE FROM idp.schema_migrations WHERE version = 16;
COMMIT;
