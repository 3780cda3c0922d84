-- Undoes 024. No instance may cache sessions any more.
BEGIN;
DROP TRIGGER notify_account_change ON public.users;
DROP TRIGGER notify_session_end ON public.sessions;
DROP TRIGGER notify_session_change ON public.sessions;
DROP FUNCTION idp.notify_session();
DELETE FROM idp.schema_migrations WHERE version = 24;
COMMIT;
