-- Undoes 017. Counts and figures are made anew from the audit log; an export to a collector begins anew.
BEGIN;
DROP FUNCTION IF EXISTS idp.service_metrics(timestamptz) CASCADE;
DROP FUNCTION IF EXISTS idp.active_sessions_per_user();
DROP FUNCTION IF EXISTS idp.session_validation_ms(integer);
DROP FUNCTION IF EXISTS idp.account_count();
DROP FUNCTION IF EXISTS idp.sign_ins(timestamptz, timestamptz) CASCADE;
DROP FUNCTION IF EXISTS idp.count_sign_ins(interval);
DROP TABLE IF EXISTS idp.audit_exports;
DROP TABLE IF EXISTS idp.instances;
DROP TABLE IF EXISTS idp.figures;
DROP TABLE IF EXISTS idp.monitoring_progress;
DROP TABLE IF EXISTS idp.sign_in_minutes;
DELETE FROM idp.schema_migrations WHERE version = 17;
COMMIT;
