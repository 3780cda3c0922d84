-- Undoes 010. What was detected is forgotten.
BEGIN;
DROP FUNCTION IF EXISTS idp.detect_ending_keys(bigint, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_unsealed_audit(bigint, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_waiting_mail(bigint, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_lost_logouts(bigint, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_refusals(interval, bigint, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_sessions(bigint, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_spread(text, interval, bigint, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS idp.detect_bursts(text[], text[], boolean, interval, bigint, timestamptz, timestamptz);
DROP INDEX IF EXISTS idp.logout_deliveries_abandoned;
DROP INDEX IF EXISTS idp.denials_newest;
DROP TABLE IF EXISTS idp.detection_progress;
DROP TABLE IF EXISTS idp.alerts;
DELETE FROM idp.schema_migrations WHERE version = 10;
COMMIT;
