-- 016: invitations to create an account, and codes by mail to sign in with.
BEGIN;

-- A row is an open invitation: accepting or withdrawing it deletes the row. Roles and groups are checked when it is
-- accepted, because they may be deleted or gain rights until then.
CREATE TABLE idp.invitations (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    email       text        NOT NULL CHECK (length(email) <= 254),
    locale      text        CHECK (length(locale) <= 35),
    role_ids    uuid[]      NOT NULL DEFAULT '{}' CHECK (cardinality(role_ids) <= 50),
    group_ids   uuid[]      NOT NULL DEFAULT '{}' CHECK (cardinality(group_ids) <= 50),
    token_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '7 days'
);
CREATE UNIQUE INDEX invitations_email ON idp.invitations (lower(email COLLATE "C"));
CREATE INDEX invitations_expires ON idp.invitations (expires_at);

REVOKE ALL ON idp.invitations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.invitations TO identity_app;

-- A code that was requested for an address without an account has a row, too, so that tries are counted alike.
CREATE TABLE idp.sign_in_codes (
    browser_hash          bytea       PRIMARY KEY CHECK (octet_length(browser_hash) = 32),
    user_id               uuid        REFERENCES public.users (id) ON DELETE CASCADE,
    credential_version    bigint,
    code_hash             bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    counter               bytea       NOT NULL CHECK (octet_length(counter) = 32),
    tries                 smallint    NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    return_url_protected  bytea,
    created_at            timestamptz NOT NULL DEFAULT now(),
    expires_at            timestamptz NOT NULL DEFAULT now() + interval '10 minutes',
    used_at               timestamptz
);
CREATE INDEX sign_in_codes_user ON idp.sign_in_codes (user_id);
CREATE INDEX sign_in_codes_expires ON idp.sign_in_codes (expires_at);

REVOKE ALL ON idp.sign_in_codes FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.sign_in_codes TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (16, '016_invitations_and_codes');
COMMIT;
