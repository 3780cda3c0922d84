-- 024: an instance that caches sessions learns at once of a session that ended or was given a new token or proof, and
-- of an account whose rights or name changed. The payload is the account.
BEGIN;

CREATE FUNCTION idp.notify_session() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        PERFORM pg_notify('identity_session', OLD.id::text);
    ELSE
        PERFORM pg_notify('identity_session', OLD.user_id::text);
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION idp.notify_session() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION idp.notify_session() TO identity_app;

-- Activity, which is noted all the time, is no news.
CREATE TRIGGER notify_session_change AFTER UPDATE ON public.sessions FOR EACH ROW
    WHEN (OLD.is_active AND (NOT NEW.is_active OR OLD.token_hash <> NEW.token_hash OR OLD.expires_at <> NEW.expires_at
        OR OLD.auth_time <> NEW.auth_time OR OLD.amr <> NEW.amr OR OLD.acr IS DISTINCT FROM NEW.acr
        OR OLD.step_up_at IS DISTINCT FROM NEW.step_up_at))
    EXECUTE FUNCTION idp.notify_session();
CREATE TRIGGER notify_session_end AFTER DELETE ON public.sessions FOR EACH ROW
    WHEN (OLD.is_active) EXECUTE FUNCTION idp.notify_session();
CREATE TRIGGER notify_account_change AFTER UPDATE ON public.users FOR EACH ROW
    WHEN (OLD.credential_version <> NEW.credential_version OR OLD.email <> NEW.email
        OR OLD.email_verified <> NEW.email_verified OR OLD.two_factor_enabled <> NEW.two_factor_enabled
        OR OLD.is_disabled <> NEW.is_disabled OR OLD.name IS DISTINCT FROM NEW.name
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
        OR OLD.operator_locked_until IS DISTINCT FROM NEW.operator_locked_until)
    EXECUTE FUNCTION idp.notify_session();

INSERT INTO idp.schema_migrations (version, name) VALUES (24, '024_session_news');
COMMIT;
