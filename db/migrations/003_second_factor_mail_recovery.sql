-- 003: mail outbox, second factor, passkeys, magic links, e-mail change reverts, external sign-in, sign-ins under way; in schema idp.
BEGIN;

-- Mails wait here from the transaction that asks for them until SMTP took them (RV-10). Recipient, subject and bodies are closed with the master key and
-- bound to id, which is also the Message-ID. They are blanked on delivery, but in Development, where the mailbox page shows them.
CREATE TABLE idp.mail_outbox (
    id                 uuid        PRIMARY KEY,
    kind               text        NOT NULL CHECK (kind ~ '^[a-z_]{3,40}$'),
    user_id            uuid        REFERENCES public.users (id) ON DELETE CASCADE,   -- null: to an address without an account, or to one just erased
    recipient_hash     bytea       NOT NULL CHECK (octet_length(recipient_hash) = 32),  -- keyed: counts mails a recipient, names nobody
    asked_for          boolean     NOT NULL,              -- anyone may cause it (reset, verification); caps of such mails do not hold back notices
    content_protected  bytea,
    state              text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'abandoned')),
    attempts           integer     NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL DEFAULT now(),  -- while a sender has the mail: when its lease ends
    lease              uuid,
    created_at         timestamptz NOT NULL DEFAULT now(),
    sent_at            timestamptz,
    abandoned_at       timestamptz,
    last_error         text        CHECK (length(last_error) <= 200),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL) AND (state = 'abandoned') = (abandoned_at IS NOT NULL)),
    CHECK (state <> 'queued' OR content_protected IS NOT NULL)
);
CREATE INDEX mail_outbox_due ON idp.mail_outbox (next_attempt_at) WHERE state = 'queued';
CREATE INDEX mail_outbox_recipient ON idp.mail_outbox (recipient_hash, created_at);
CREATE INDEX mail_outbox_user ON idp.mail_outbox (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX mail_outbox_created ON idp.mail_outbox (created_at);
CREATE TRIGGER mail_outbox_changed AFTER INSERT ON idp.mail_outbox FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

-- One set of ten a person (MF-6). SHA-256 of the set's random id and a code of 100 random bits: no key is needed to check one, so codes still work where
-- the master key is lost (MF-4).
CREATE TABLE idp.recovery_codes (
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    set_id      uuid        NOT NULL,
    number      smallint    NOT NULL,
    code_hash   bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz,
    PRIMARY KEY (user_id, number)
);

-- Browsers that a person chose to remember after a second factor. A row that is revoked or over is as good as none.
CREATE TABLE idp.trusted_devices (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token_hash    bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    user_agent    text        CHECK (length(user_agent) <= 512),
    ip_address    inet,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL DEFAULT now() + interval '30 days',
    revoked_at    timestamptz
);
CREATE INDEX trusted_devices_user ON idp.trusted_devices (user_id);

-- WebAuthn credentials (MF-9): public keys only.
CREATE TABLE idp.passkeys (
    id                  uuid        PRIMARY KEY,
    user_id             uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    credential_id       bytea       NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    public_key          bytea       NOT NULL,
    sign_count          bigint      NOT NULL DEFAULT 0 CHECK (sign_count BETWEEN 0 AND 4294967295),
    transports          text[]      NOT NULL DEFAULT '{}',
    is_user_verified    boolean     NOT NULL,
    is_backup_eligible  boolean     NOT NULL,
    is_backed_up        boolean     NOT NULL,
    attestation_object  bytea       NOT NULL,
    client_data_json    bytea       NOT NULL,
    name                text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at          timestamptz NOT NULL DEFAULT now(),
    last_used_at        timestamptz
);
CREATE INDEX passkeys_user ON idp.passkeys (user_id);

-- What the server has to remember of a WebAuthn ceremony; taken out by the one who finishes it.
CREATE TABLE idp.passkey_ceremonies (
    token_hash       bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    kind             text        NOT NULL CHECK (kind IN ('registration', 'sign_in', 'second_factor', 'step_up')),
    user_id          uuid        REFERENCES public.users (id) ON DELETE CASCADE,
    state_protected  bytea       NOT NULL,
    expires_at       timestamptz NOT NULL DEFAULT now() + interval '5 minutes'
);
CREATE INDEX passkey_ceremonies_expires ON idp.passkey_ceremonies (expires_at);

-- "Password right, second factor due": no rights, at most five minutes, whatever becomes of the server meanwhile (SE-3).
CREATE TABLE idp.login_challenges (
    token_hash    bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id       uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    amr           text[]      NOT NULL,
    return_url    text        CHECK (length(return_url) <= 8192),
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL DEFAULT now() + interval '5 minutes',
    completed_at  timestamptz
);
CREATE INDEX login_challenges_expires ON idp.login_challenges (expires_at);

CREATE TABLE idp.magic_links (
    id                    uuid        PRIMARY KEY,
    user_id               uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    email                 text        NOT NULL CHECK (length(email) <= 254),
    token_hash            bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    browser_hash          bytea       NOT NULL CHECK (octet_length(browser_hash) = 32),  -- opens in the browser that asked, nowhere else
    return_url_protected  bytea,
    created_at            timestamptz NOT NULL DEFAULT now(),
    expires_at            timestamptz NOT NULL DEFAULT now() + interval '10 minutes',
    used_at               timestamptz
);
CREATE INDEX magic_links_user ON idp.magic_links (user_id);
CREATE INDEX magic_links_expires ON idp.magic_links (expires_at);

-- Takes a changed address back, from the mailbox of the old one (RV-7).
CREATE TABLE idp.email_change_reverts (
    id          uuid        PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    old_email   text        NOT NULL CHECK (length(old_email) <= 254),
    token_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL DEFAULT now() + interval '72 hours',
    used_at     timestamptz
);
CREATE INDEX email_change_reverts_user ON idp.email_change_reverts (user_id);
CREATE INDEX email_change_reverts_expires ON idp.email_change_reverts (expires_at);

-- Accounts elsewhere that sign a person in here. Never joined by e-mail address alone.
CREATE TABLE idp.external_logins (
    provider      text        NOT NULL CHECK (length(provider) BETWEEN 1 AND 100),
    subject       text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    user_id       uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    display_name  text        CHECK (length(display_name) <= 200),
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz,
    PRIMARY KEY (provider, subject)
);
CREATE UNIQUE INDEX external_logins_user ON idp.external_logins (user_id, provider);

GRANT SELECT, INSERT, UPDATE, DELETE ON idp.mail_outbox, idp.recovery_codes, idp.trusted_devices, idp.passkeys, idp.passkey_ceremonies,
    idp.login_challenges, idp.magic_links, idp.email_change_reverts, idp.external_logins TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (3, '003_second_factor_mail_recovery');
COMMIT;
