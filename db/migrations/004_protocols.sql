-- 004: what further protocols keep: the user code of a device grant, why a logout needed no telling, and the tokens of dynamic client registration.
BEGIN;

-- RFC 8628: the person types the user code; only a keyed hash of it is stored, and no two living requests share one.
CREATE UNIQUE INDEX grants_user_code ON idp.grants ((data ->> 'user_code')) WHERE kind = 'device_code';

-- A client without backchannel_logout_uri has nothing to hear: closed at once, and not to be taken for one that did not answer.
ALTER TABLE idp.logout_deliveries ADD COLUMN not_applicable boolean NOT NULL DEFAULT false;
CREATE INDEX logout_deliveries_created ON idp.logout_deliveries (created_at DESC);

-- RFC 7591 section 3 (initial access tokens, which an operator hands out) and RFC 7592 (registration access tokens, one a client).
CREATE TABLE idp.registration_tokens (
    token_hash   bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    client_id    text        UNIQUE REFERENCES idp.clients (client_id) ON DELETE CASCADE,   -- null: an initial access token
    description  text        CHECK (length(description) <= 200),
    uses_left    integer     CHECK (uses_left >= 0),      -- null: not counted
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz                              -- null: lives as long as its client
);
-- Secrets that must outlive the master key of the day, such as the one behind pairwise subjects (OIDC Core 8.1): random, closed with the master key.
CREATE TABLE idp.secrets (
    name             text        PRIMARY KEY CHECK (name ~ '^[a-z_]{3,40}$'),
    value_protected  bytea       NOT NULL,
    master_key_id    text        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now()
);

REVOKE ALL ON idp.registration_tokens, idp.secrets FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.registration_tokens, idp.secrets TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (4, '004_protocols');
COMMIT;
