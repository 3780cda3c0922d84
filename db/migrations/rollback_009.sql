-- Undoes 009. Roles, groups, attributes and claim mappings are lost: export them before.
BEGIN;
DROP TABLE idp.claim_mappings, idp.user_attributes, idp.attribute_definitions, idp.user_groups, idp.user_roles,
    idp.group_roles, idp.groups, idp.roles;
DELETE FROM idp.schema_migrations WHERE version = 9;
COMMIT;
