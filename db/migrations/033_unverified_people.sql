-- 033: the people whose address is not verified, newest first. Without it, a list of them walks through everybody where
-- they are few: half a second at a million.
BEGIN;

CREATE INDEX users_unverified ON public.users (created_at DESC, id) WHERE NOT email_verified AND deleted_at IS NULL;

INSERT INTO idp.schema_migrations (version, name) VALUES (33, '033_unverified_people');
COMMIT;
