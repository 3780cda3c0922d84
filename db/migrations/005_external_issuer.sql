-- 005: who vouched for an external login. A provider is known by its name in the configuration, and a subject is unique only within its issuer (OIDC Core 2): were the
-- name one day given to another issuer, its subjects must not open the accounts of the former one's. Links made before this have no issuer, and open nothing.
BEGIN;

ALTER TABLE idp.external_logins ADD COLUMN issuer text CHECK (length(issuer) BETWEEN 1 AND 500);

INSERT INTO idp.schema_migrations (version, name) VALUES (5, '005_external_issuer');
COMMIT;
