-- Undoes 025. Every personal access token stops working.
BEGIN;
DELETE FROM idp.event_types WHERE name IN ('user.personal_token_created', 'user.personal_token_revoked');
DROP TABLE idp.personal_access_tokens;
DELETE FROM idp.schema_migrations WHERE version = 25;
COMMIT;
