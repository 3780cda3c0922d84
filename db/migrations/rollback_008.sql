-- Undoes 008. Refused requests go back into idp.grants; requests that somebody is answering are dropped.
BEGIN;
ALTER TABLE idp.grants DROP CONSTRAINT grants_kind_check;
ALTER TABLE idp.grants ADD CONSTRAINT grants_kind_check CHECK (kind ~ '^[a-z_]{3,40}$');
INSERT INTO idp.grants (id, kind, key_hash, client_id, data, created_at, expires_at)
    SELECT gen_random_uuid(), 'denial', key_hash, coalesce(client_id, ''), data, created_at, expires_at FROM idp.denials;
DROP TABLE idp.denials, idp.begun_requests;
DELETE FROM idp.schema_migrations WHERE version = 8;
COMMIT;
