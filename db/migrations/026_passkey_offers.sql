-- 026: when a person was last offered a passkey, and ceremonies that create one without a gesture.
BEGIN;

-- A row is written when the offer is shown, so that a person who closes the page is not asked again at once.
CREATE TABLE idp.passkey_offers (
    user_id     uuid        PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
    offered_at  timestamptz NOT NULL DEFAULT now()
);

REVOKE ALL ON idp.passkey_offers FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.passkey_offers TO identity_app;

ALTER TABLE idp.passkey_ceremonies DROP CONSTRAINT passkey_ceremonies_kind_check;
ALTER TABLE idp.passkey_ceremonies ADD CONSTRAINT passkey_ceremonies_kind_check
    CHECK (kind IN ('registration', 'automatic_registration', 'sign_in', 'second_factor', 'step_up'));

INSERT INTO idp.schema_migrations (version, name) VALUES (26, '026_passkey_offers');
COMMIT;
