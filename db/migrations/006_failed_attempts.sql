-- 006: failed attempts beside those under way. A place that is taken is not yet a failure: only attempts that were judged wrong start a lock, so a request that is
-- dropped, or many clicks with the right password, lock nobody out.
BEGIN;

ALTER TABLE idp.throttle_counters ADD COLUMN failed integer NOT NULL DEFAULT 0;

INSERT INTO idp.schema_migrations (version, name) VALUES (6, '006_failed_attempts');
COMMIT;
