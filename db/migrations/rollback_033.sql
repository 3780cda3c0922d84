-- Undoes 033.
BEGIN;
DROP INDEX public.users_unverified;
DELETE FROM idp.schema_migrations WHERE version = 33;
COMMIT;
