-- 018: keys by which a client of the administration API sends a creation again without doing it twice.
BEGIN;

CREATE TABLE idp.idempotency_keys (
    key_hash         bytea       PRIMARY KEY,
    request_hash     bytea       NOT NULL,
    answer_protected bytea,
    lease_ends_at    timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_expires ON idp.idempotency_keys (expires_at);

REVOKE ALL ON idp.idempotency_keys FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.idempotency_keys TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (18, '018_idempotency_keys');
COMMIT;
