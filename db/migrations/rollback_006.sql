-- Undoes 006. Counters stay; attempts under way count as failures again.
BEGIN;
ALTER TABLE idp.throttle_counters DROP COLUMN failed;
DELETE FROM idp.schema_migrations WHERE version = 6;
COMMIT;
