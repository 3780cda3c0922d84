-- 009: who may administer, roles and groups, attributes of people, and how claims are made of them.
BEGIN;

-- A role of apps (everywhere, or of one client), or an administrative role, which no app ever sees in a token.
CREATE TABLE idp.roles (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    name               text        NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$'),
    client_id          text        CHECK (length(client_id) BETWEEN 1 AND 200),     -- null: everywhere
    description        text        CHECK (length(description) <= 500),
    is_administrative  boolean     NOT NULL DEFAULT false,
    permissions        text[]      NOT NULL DEFAULT '{}',   -- of an administrative role that is not built in
    is_built_in        boolean     NOT NULL DEFAULT false,  -- its permissions stand in the program
    version            bigint      NOT NULL DEFAULT 1,      -- raised with every change: the ETag
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    CHECK (NOT is_administrative OR client_id IS NULL),
    CHECK (is_administrative OR (NOT is_built_in AND permissions = '{}'))
);
-- Without regard to case, so that no two roles look alike. COLLATE "C": the same on every machine.
CREATE UNIQUE INDEX roles_name ON idp.roles (lower(name COLLATE "C"), client_id) NULLS NOT DISTINCT;

CREATE TABLE idp.groups (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description  text        CHECK (length(description) <= 500),
    version      bigint      NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name ON idp.groups (lower(name COLLATE "C"));

CREATE TABLE idp.group_roles (
    group_id    uuid        NOT NULL REFERENCES idp.groups (id) ON DELETE CASCADE,
    role_id     uuid        NOT NULL REFERENCES idp.roles (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, role_id)
);
CREATE INDEX group_roles_role ON idp.group_roles (role_id);

CREATE TABLE idp.user_roles (
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    role_id     uuid        NOT NULL REFERENCES idp.roles (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role ON idp.user_roles (role_id, user_id);

CREATE TABLE idp.user_groups (
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    group_id    uuid        NOT NULL REFERENCES idp.groups (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX user_groups_group ON idp.user_groups (group_id, user_id);

-- What an organisation keeps about people beside the standard profile.
CREATE TABLE idp.attribute_definitions (
    name         text        PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'),
    value_type   text        NOT NULL CHECK (value_type IN ('text', 'integer', 'boolean', 'date')),
    labels       jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),  -- by language
    -- The person includes administrators; nobody means: by import and SQL only.
    visible_to   text        NOT NULL CHECK (visible_to IN ('person', 'administrator', 'nobody')),
    editable_by  text        NOT NULL CHECK (editable_by IN ('person', 'administrator', 'nobody')),
    version      bigint      NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (editable_by <> 'person' OR visible_to = 'person')
);
CREATE TABLE idp.user_attributes (
    user_id     uuid        NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    name        text        NOT NULL REFERENCES idp.attribute_definitions (name) ON UPDATE CASCADE ON DELETE CASCADE,
    value       jsonb       NOT NULL CHECK (jsonb_typeof(value) IN ('string', 'number', 'boolean')
                                            AND length(value::text) <= 2048),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, name)
);
CREATE INDEX user_attributes_name ON idp.user_attributes (name);

-- A claim without code: for a scope, for a client, or for one scope at one client.
CREATE TABLE idp.claim_mappings (
    id               uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    scope            text        CHECK (length(scope) BETWEEN 1 AND 200),
    client_id        text        CHECK (length(client_id) BETWEEN 1 AND 200),
    claim            text        NOT NULL CHECK (length(claim) BETWEEN 1 AND 200),
    source           text        NOT NULL CHECK (source IN ('column', 'attribute', 'roles', 'groups', 'constant')),
    source_name      text        CHECK (length(source_name) BETWEEN 1 AND 64),   -- the column or the attribute
    constant         jsonb       CHECK (length(constant::text) <= 2048),
    in_id_token      boolean     NOT NULL DEFAULT false,
    in_access_token  boolean     NOT NULL DEFAULT false,
    in_user_info     boolean     NOT NULL DEFAULT false,
    version          bigint      NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (scope IS NOT NULL OR client_id IS NOT NULL),
    CHECK ((source IN ('column', 'attribute')) = (source_name IS NOT NULL)),
    CHECK ((source = 'constant') = (constant IS NOT NULL)),
    CHECK (in_id_token OR in_access_token OR in_user_info)
);
CREATE UNIQUE INDEX claim_mappings_claim ON idp.claim_mappings (claim, scope, client_id) NULLS NOT DISTINCT;
-- Every instance keeps the mappings in memory.
CREATE TRIGGER claim_mappings_changed AFTER INSERT OR UPDATE OR DELETE ON idp.claim_mappings
    FOR EACH STATEMENT EXECUTE FUNCTION idp.notify_change();

INSERT INTO idp.roles (name, description, is_administrative, is_built_in) VALUES
    ('identity-admin', 'Administers everything.', true, true),
    ('identity-support', 'Helps people with their accounts.', true, true),
    ('identity-auditor', 'Reads everything and changes nothing.', true, true);

REVOKE ALL ON idp.roles, idp.groups, idp.group_roles, idp.user_roles, idp.user_groups, idp.attribute_definitions,
    idp.user_attributes, idp.claim_mappings FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON idp.roles, idp.groups, idp.group_roles, idp.user_roles, idp.user_groups,
    idp.attribute_definitions, idp.user_attributes, idp.claim_mappings TO identity_app;

INSERT INTO idp.schema_migrations (version, name) VALUES (9, '009_administration');
COMMIT;
