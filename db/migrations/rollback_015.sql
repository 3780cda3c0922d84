-- Undoes 015. Links in notices that were sent no longer work.
BEGIN;
DROP TABLE idp.secure_account_links;
DELETE FROM idp.schema_migrations WHERE version = 15;
COMMIT;
