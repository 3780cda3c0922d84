-- Undoes 018. A creation that is sent again with its key is then done again.
BEGIN;
DROP TABLE idp.idempotency_keys;
DELETE FROM idp.schema_migrations WHERE version = 18;
COMMIT;
