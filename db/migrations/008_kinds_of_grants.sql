-- 008: idp.grants keeps grants alone. Refused requests, and authorization requests that a person is answering, are no
-- grants: each has a table of its own, with its own life and its own clean-up.
BEGIN;

-- A refused request, by the digest of its correlation id; identity explain reads it for three days.
CREATE TABLE idp.denials (
    key_hash    bytea       PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    client_id   text,
    data        jsonb       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX denials_expires ON idp.denials (expires_at);

-- An authorization request (RFC 9101, RFC 9126) that was begun and waits for the person. Finished once: the row goes.
CREATE TABLE idp.begun_requests (
    token_hash            bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    client_id             text        NOT NULL,
    parameters_protected  bytea       NOT NULL,       -- encrypted: may hold a login_hint or transaction details
    created_at            timestamptz NOT NULL DEFAULT now(),
    expires_at            timestamptz NOT NULL
);
CREATE INDEX begun_requests_expires ON idp.begun_requests (expires_at);

INSERT INTO idp.denials (key_hash, client_id, data, created_at, expires_at)
    SELECT key_hash, nullif(client_id, ''), data, created_at, expires_at FROM idp.grants WHERE kind = 'denial';
-- Requests that somebody is answering right now are dropped: the app begins again.
DELETE FROM idp.grants WHERE kind IN ('denial', 'begun_request');

ALTER TABLE idp.grants DROP CONSTRAINT grants_kind_check;
ALTER TABLE idp.grants ADD CONSTRAINT grants_kind_check CHECK (kind IN (
    'authorization_code', 'consent', 'device_code', 'pushed_request', 'backchannel_request', 'reference_token'));

REVOKE ALL ON idp.denials, idp.begun_requests FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.denials, idp.begun_requests TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (8, '008_kinds_of_grants');
COMMIT;
