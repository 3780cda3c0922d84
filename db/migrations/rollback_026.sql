-- Undoes 026. People who said "not now" are asked again by a later version.
BEGIN;
DELETE FROM idp.passkey_ceremonies WHERE kind = 'automatic_registration';
ALTER TABLE idp.passkey_ceremonies DROP CONSTRAINT passkey_ceremonies_kind_check;
ALTER TABLE idp.passkey_ceremonies ADD CONSTRAINT passkey_ceremonies_kind_check
    CHECK (kind IN ('registration', 'sign_in', 'second_factor', 'step_up'));
DROP TABLE idp.passkey_offers;
DELETE FROM idp.schema_migrations WHERE version = 26;
COMMIT;
