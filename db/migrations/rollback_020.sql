-- Undoes 020. Webhook endpoints, their secrets and undelivered events are lost.
BEGIN;
DROP TRIGGER queue_event ON public.audit_logs;
DROP FUNCTION idp.queue_event();
DROP TABLE idp.webhook_deliveries, idp.events, idp.webhook_endpoints, idp.event_types;
ALTER TABLE idp.mail_outbox DROP COLUMN last_status;
DROP INDEX idp.logout_deliveries_due;
CREATE INDEX logout_deliveries_due ON idp.logout_deliveries (next_attempt_at)
    WHERE delivered_at IS NULL AND abandoned_at IS NULL;
DELETE FROM idp.schema_migrations WHERE version = 20;
COMMIT;
