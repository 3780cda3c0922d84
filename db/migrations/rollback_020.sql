-- Undoes 020. Webhook endpoints, their secrets and undelivered events are lost.
BEGIN;
DROP TRIGGER queue_event ON public.audit_logs;
DROP FUNCTION idp.queue_event();
DROP TABLE idp.webhook_deliveries, idp.events, idp.webhook_endpoints, idp.event_types;
DELETE FROM idp.schema_migrations WHERE version = 20;
COMMIT;
