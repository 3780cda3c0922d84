-- Undoes 013. Days on which accounts were to be deactivated are lost.
BEGIN;
DROP TABLE idp.scheduled_deactivations;
DROP INDEX public.users_name, public.users_disabled, public.users_operator_locked;
DELETE FROM idp.schema_migrations WHERE version = 13;
COMMIT;
