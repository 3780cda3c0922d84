-- 020: events to the outside. An audit row that reports a change becomes an event in the transaction of the change, and
-- each webhook endpoint that wants it gets a delivery. Without an endpoint nothing is written.
BEGIN;

-- Which audit rows are events, what they are called outside, and which details they carry: never a secret, and no more
-- personal data than the id of the account.
CREATE TABLE idp.event_types (
    audit_type    text    PRIMARY KEY,
    audit_status  text    NOT NULL DEFAULT 'success',
    name          text    NOT NULL CHECK (name ~ '^[a-z_]+(\.[a-z_]+)+$'),
    details       text[]  NOT NULL DEFAULT '{}'
);

INSERT INTO idp.event_types (audit_type, audit_status, name, details) VALUES
    ('registration', 'success', 'user.created', '{}'),
    ('profile_changed', 'success', 'user.profile_changed', '{}'),
    ('attribute_changed', 'success', 'user.attribute_changed', '{attribute}'),
    ('email_verification', 'success', 'user.email_verified', '{}'),
    ('email_changed', 'success', 'user.email_changed', '{}'),
    ('email_change_reverted', 'success', 'user.email_change_reverted', '{}'),
    ('password_change', 'success', 'user.password_changed', '{}'),
    ('password_reset_complete', 'success', 'user.password_reset', '{}'),
    ('account_locked', 'success', 'user.locked', '{until}'),
    ('account_unlocked', 'success', 'user.unlocked', '{}'),
    ('account_disabled', 'success', 'user.deactivated', '{}'),
    ('account_enabled', 'success', 'user.reactivated', '{}'),
    ('account_secured', 'success', 'user.secured', '{sessions,apps,trusted_browsers,password_removed}'),
    ('account_deleted', 'success', 'user.deleted', '{}'),
    ('2fa_enabled', 'success', 'user.second_factor_enabled', '{}'),
    ('2fa_disabled', 'success', 'user.second_factor_disabled', '{}'),
    ('recovery_codes_replaced', 'success', 'user.recovery_codes_replaced', '{}'),
    ('recovery_code_used', 'success', 'user.recovery_code_used', '{}'),
    ('passkey_added', 'success', 'user.passkey_added', '{passkey_id}'),
    ('passkey_removed', 'success', 'user.passkey_removed', '{passkey_id}'),
    ('external_login_added', 'success', 'user.external_login_added', '{provider}'),
    ('external_login_removed', 'success', 'user.external_login_removed', '{provider}'),
    ('role_granted', 'success', 'user.role_granted', '{role,client_id}'),
    ('role_withdrawn', 'success', 'user.role_withdrawn', '{role,client_id}'),
    ('group_member_added', 'success', 'user.group_added', '{group}'),
    ('group_member_removed', 'success', 'user.group_removed', '{group}'),
    ('login', 'success', 'session.started', '{session_id}'),
    ('session_started', 'success', 'session.started', '{session_id,client_id}'),
    ('logout', 'success', 'session.signed_out', '{session_id,reason}'),
    ('session_expired', 'success', 'session.expired', '{session_id,reason}'),
    ('session_revoked', 'success', 'session.revoked', '{session_id,reason}'),
    ('consent_granted', 'success', 'consent.granted', '{client_id,scopes}'),
    ('consent_withdrawn', 'success', 'consent.withdrawn', '{client_id}'),
    ('token_reuse', 'blocked', 'token.reuse_detected', '{client_id,family_id,session_id}'),
    ('client_added', 'success', 'client.created', '{client_id}'),
    ('client_changed', 'success', 'client.changed', '{client_id}'),
    ('client_removed', 'success', 'client.deleted', '{client_id}'),
    ('client_secret_rotated', 'success', 'client.secret_rotated', '{client_id}'),
    ('client_secret_revoked', 'success', 'client.secret_revoked', '{client_id}'),
    ('signing_key_rotated', 'success', 'signing_key.rotated', '{kid}'),
    ('security_alert', 'pending', 'alert.opened', '{alert_id,rule,value,threshold}'),
    ('alert_acknowledged', 'success', 'alert.acknowledged', '{alert_id,rule}'),
    ('alert_closed', 'success', 'alert.closed', '{alert_id,rule,value,threshold}');

CREATE TABLE idp.webhook_endpoints (
    id                         uuid        PRIMARY KEY,
    url                        text        NOT NULL CHECK (length(url) <= 2000),
    description                text        NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    event_types                text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(event_types) <= 100), -- none: all
    is_enabled                 boolean     NOT NULL DEFAULT true,
    secret_protected           bytea       NOT NULL,
    previous_secret_protected  bytea,
    previous_until             timestamptz,
    created_at                 timestamptz NOT NULL DEFAULT now(),
    disabled_at                timestamptz,
    disabled_reason            text        CHECK (length(disabled_reason) <= 200),
    CHECK ((previous_secret_protected IS NULL) = (previous_until IS NULL))
);

CREATE TABLE idp.events (
    seq          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           uuid        NOT NULL UNIQUE DEFAULT idp.uuid_v7(),
    type         text        NOT NULL,
    user_id      uuid,
    data         jsonb       NOT NULL,
    occurred_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_occurred ON idp.events (occurred_at);
CREATE INDEX events_user ON idp.events (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE idp.webhook_deliveries (
    id               uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    endpoint_id      uuid        NOT NULL REFERENCES idp.webhook_endpoints (id) ON DELETE CASCADE,
    event_seq        bigint      NOT NULL REFERENCES idp.events (seq) ON DELETE CASCADE,
    user_id          uuid,
    xact             xid8        NOT NULL DEFAULT pg_current_xact_id(),
    created_at       timestamptz NOT NULL DEFAULT now(),
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    attempts         integer     NOT NULL DEFAULT 0,
    last_status      integer,
    last_error       text        CHECK (length(last_error) <= 200),
    delivered_at     timestamptz,
    abandoned_at     timestamptz,
    UNIQUE (endpoint_id, event_seq)
);
CREATE INDEX webhook_deliveries_due ON idp.webhook_deliveries (endpoint_id, next_attempt_at)
    WHERE delivered_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX webhook_deliveries_order ON idp.webhook_deliveries (endpoint_id, event_seq)
    WHERE delivered_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX webhook_deliveries_person ON idp.webhook_deliveries (endpoint_id, user_id, event_seq)
    WHERE delivered_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX webhook_deliveries_event ON idp.webhook_deliveries (event_seq);
CREATE INDEX webhook_deliveries_newest ON idp.webhook_deliveries (endpoint_id, created_at DESC);

-- Mail and logout messages are delivered by the same statements: they look for one due row of each receiver.
ALTER TABLE idp.mail_outbox ADD COLUMN last_status integer; -- the reply code of SMTP
DROP INDEX idp.logout_deliveries_due;
CREATE INDEX logout_deliveries_due ON idp.logout_deliveries (client_id, next_attempt_at)
    WHERE delivered_at IS NULL AND abandoned_at IS NULL;

-- Runs as its owner, so that whoever may write an audit row needs no rights on the outbox.
CREATE FUNCTION idp.queue_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    kind   idp.event_types;
    number bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM idp.webhook_endpoints WHERE is_enabled) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO kind FROM idp.event_types t WHERE t.audit_type = NEW.event_type AND t.audit_status = NEW.event_status;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM idp.webhook_endpoints e
            WHERE e.is_enabled AND (e.event_types = '{}' OR kind.name = ANY (e.event_types))) THEN
        RETURN NULL;
    END IF;
    INSERT INTO idp.events (type, user_id, data, occurred_at)
        SELECT kind.name, NEW.user_id,
               coalesce((SELECT jsonb_object_agg(d.key, d.value) FROM jsonb_each(NEW.details) d
                         WHERE d.key = ANY (kind.details)), '{}'), NEW.created_at
        RETURNING seq INTO number;
    INSERT INTO idp.webhook_deliveries (endpoint_id, event_seq, user_id)
        SELECT e.id, number, NEW.user_id FROM idp.webhook_endpoints e
        WHERE e.is_enabled AND (e.event_types = '{}' OR kind.name = ANY (e.event_types));
    PERFORM pg_notify('identity_webhooks', '');
    RETURN NULL;
END
$$;

-- What a token request or a failed sign-in writes is no event, so that neither pays for one. A row of the past was moved
-- or imported.
CREATE TRIGGER queue_event AFTER INSERT ON public.audit_logs FOR EACH ROW
    WHEN (NEW.event_type NOT IN ('token_issued', 'token_refreshed', 'token_exchanged')
          AND (NEW.event_type <> 'login' OR NEW.event_status = 'success')
          AND NEW.created_at > now() - interval '5 minutes')
    EXECUTE FUNCTION idp.queue_event();

REVOKE ALL ON idp.event_types, idp.webhook_endpoints, idp.events, idp.webhook_deliveries FROM PUBLIC;
GRANT SELECT ON idp.event_types TO identity_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.webhook_endpoints, idp.events, idp.webhook_deliveries TO identity_app;
REVOKE ALL ON FUNCTION idp.queue_event() FROM PUBLIC;

INSERT INTO idp.schema_migrations (version, name) VALUES (20, '020_webhooks');
COMMIT;
