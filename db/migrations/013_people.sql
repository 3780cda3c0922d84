-- 013: accounts that are to be deactivated on a day, and the indexes by which an administrator finds people.
BEGIN;

CREATE TABLE idp.scheduled_deactivations (
    user_id        uuid        PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
    deactivate_at  timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scheduled_deactivations_due ON idp.scheduled_deactivations (deactivate_at);

-- By the beginning of a name, as idx_users_email finds the beginning of an address.
CREATE INDEX users_name ON public.users (lower(name COLLATE "C"), id) WHERE deleted_at IS NULL AND name IS NOT NULL;
-- The few that may not sign in, newest first, without reading the others.
CREATE INDEX users_disabled ON public.users (created_at DESC, id) WHERE is_disabled AND deleted_at IS NULL;
CREATE INDEX users_operator_locked ON public.users (operator_locked_until) WHERE operator_locked_until IS NOT NULL;

REVOKE ALL ON idp.scheduled_deactivations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.scheduled_deactivations TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (13, '013_people');
COMMIT;
