-- Takes back 004: registration tokens are lost, so registered clients can then be changed by an operator only, and so is the secret behind pairwise subjects.
BEGIN;
DROP TABLE idp.registration_tokens, idp.secrets;
DROP INDEX idp.logout_deliveries_created;
ALTER TABLE idp.logout_deliveries DROP COLUMN not_applicable;
DROP INDEX idp.grants_user_code;
DELETE FROM idp.schema_migrations WHERE version = 4;
COMMIT;
