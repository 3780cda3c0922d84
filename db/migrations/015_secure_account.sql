-- 015: links in security notices that secure an account.
BEGIN;

CREATE TABLE idp.secure_account_links (
    id          uuid        PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    kind        text        NOT NULL CHECK (length(kind) <= 64),      -- of the notice that carries the link
    token_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '7 days',
    used_at     timestamptz
);
CREATE INDEX secure_account_links_user ON idp.secure_account_links (user_id);
CREATE INDEX secure_account_links_expires ON idp.secure_account_links (expires_at);

REVOKE ALL ON idp.secure_account_links FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.secure_account_links TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (15, '015_secure_account');
COMMIT;
