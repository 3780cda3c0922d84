-- 025: tokens that people make for their own programs.
BEGIN;

-- A row is a token that works, or one that expired and waits to be cleaned away; revoking one deletes its row.
CREATE TABLE idp.personal_access_tokens (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token_hash    bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    scopes        text[]      NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 50),
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX personal_access_tokens_user ON idp.personal_access_tokens (user_id);
CREATE INDEX personal_access_tokens_expires ON idp.personal_access_tokens (expires_at);

REVOKE ALL ON idp.personal_access_tokens FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.personal_access_tokens TO identity_app;

INSERT INTO idp.event_types (audit_type, audit_status, name, details) VALUES
    ('personal_token_created', 'success', 'user.personal_token_created', '{personal_token_id,scopes}'),
    ('personal_token_revoked', 'success', 'user.personal_token_revoked', '{personal_token_id}');

INSERT INTO idp.schema_migrations (version, name) VALUES (25, '025_personal_access_tokens');
COMMIT;
