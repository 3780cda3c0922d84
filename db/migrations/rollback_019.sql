-- Undoes 019.
BEGIN;
ALTER FUNCTION idp.active_sessions_per_user() RESET jit;
DELETE FROM idp.schema_migrations WHERE version = 19;
COMMIT;
