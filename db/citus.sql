-- On paper: how this schema is distributed by person on Citus (PostgreSQL with shards). Not part of the migrations, and
-- not needed below some ten million people: read docs/sharding.md first. A test runs it against the current schema with
-- stand-ins for Citus' two functions that hold its rules: the column exists and is never null, every unique key of a
-- distributed table contains it, and every foreign key between distributed tables does too.
--     psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/citus.sql
BEGIN;

-- Tables of a person that do not say whose they are yet.
ALTER TABLE public.refresh_tokens ADD COLUMN user_id uuid;
UPDATE public.refresh_tokens t SET user_id = s.user_id FROM public.sessions s WHERE s.id = t.session_id;
ALTER TABLE idp.session_clients ADD COLUMN user_id uuid;
UPDATE idp.session_clients c SET user_id = s.user_id FROM public.sessions s WHERE s.id = c.session_id;
-- Rows of nobody (events of unknown accounts, requests without a person, ceremonies before one is known, mails to an
-- address without an account) are of the nil person.
DO $$
DECLARE
    place regclass;
    nil   constant uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    FOR place IN SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id'
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attnotnull
          AND c.relnamespace IN ('public'::regnamespace, 'idp'::regnamespace)
    LOOP
        EXECUTE format('UPDATE %s SET user_id = %L WHERE user_id IS NULL', place, nil);
        EXECUTE format('ALTER TABLE %s ALTER COLUMN user_id SET DEFAULT %L, ALTER COLUMN user_id SET NOT NULL', place, nil);
    END LOOP;
END
$$;

-- Foreign keys between tables of a person are made anew below, with the person in them.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0
          AND confrelid IN ('public.users'::regclass, 'public.sessions'::regclass, 'idp.events'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname);
    END LOOP;
END
$$;

-- Every unique key of a table of a person contains the person. A token stays unique all the same: it is 256 random bits.
DO $$
DECLARE
    one    record;
    owner  name;
BEGIN
    FOR one IN
        SELECT i.indexrelid, i.indrelid::regclass AS place, k.conname, k.contype, c.relname,
            pg_get_indexdef(i.indexrelid) AS definition, pg_get_constraintdef(k.oid) AS described
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'user_id' AND NOT a.attisdropped
        LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
        WHERE i.indisunique AND NOT t.relispartition AND t.relnamespace IN ('public'::regnamespace, 'idp'::regnamespace)
          AND NOT a.attnum = ANY (i.indkey)
    LOOP
        IF one.conname IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname);
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', one.place, one.conname,
                replace(one.described, '(', '(user_id, '));
        ELSE
            EXECUTE format('DROP INDEX %s', one.indexrelid::regclass);
            EXECUTE regexp_replace(one.definition, 'USING btree \(', 'USING btree (user_id, ');
        END IF;
    END LOOP;
END
$$;

-- An address belongs to one account of all shards: a table by address says to whom, written in the transaction that makes
-- or renames the account.
CREATE TABLE idp.email_owners (address text PRIMARY KEY, user_id uuid NOT NULL);
INSERT INTO idp.email_owners SELECT lower(email COLLATE "C"), id FROM public.users WHERE deleted_at IS NULL;
DROP INDEX public.idx_users_email;
CREATE UNIQUE INDEX idx_users_email ON public.users (lower(email COLLATE "C"), id) WHERE deleted_at IS NULL;

-- By person, by a key of their own where they are nobody's, and else the same on every shard: few rows, seldom written.
SELECT create_distributed_table('public.users', 'id');
SELECT create_distributed_table(place, key) FROM (VALUES ('idp.email_owners', 'address'), ('idp.throttle_counters', 'key'),
    ('idp.replay_guard', 'key_hash'), ('idp.denials', 'key_hash'), ('idp.idempotency_keys', 'key_hash'),
    ('idp.begun_requests', 'token_hash')) own (place, key);
SELECT CASE WHEN a.attname IS NULL THEN create_reference_table(c.oid::regclass::text)
    ELSE create_distributed_table(c.oid::regclass::text, 'user_id') END
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relnamespace IN ('public'::regnamespace, 'idp'::regnamespace)
  AND c.oid <> ALL (ARRAY['public.users', 'idp.email_owners', 'idp.throttle_counters', 'idp.replay_guard', 'idp.denials',
      'idp.idempotency_keys',
      'idp.begun_requests']::regclass[])
ORDER BY a.attname IS NOT NULL;

ALTER TABLE public.sessions ADD CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE;
ALTER TABLE public.refresh_tokens ADD CONSTRAINT refresh_tokens_session_fkey
    FOREIGN KEY (user_id, session_id) REFERENCES public.sessions (user_id, id) ON DELETE CASCADE;
ALTER TABLE idp.token_families ADD CONSTRAINT token_families_session_fkey
    FOREIGN KEY (user_id, session_id) REFERENCES public.sessions (user_id, id) ON DELETE CASCADE;
ALTER TABLE idp.session_clients ADD CONSTRAINT session_clients_session_fkey
    FOREIGN KEY (user_id, session_id) REFERENCES public.sessions (user_id, id) ON DELETE CASCADE;
ALTER TABLE idp.webhook_deliveries ADD CONSTRAINT webhook_deliveries_event_fkey
    FOREIGN KEY (user_id, event_seq) REFERENCES idp.events (user_id, seq) ON DELETE CASCADE;
COMMIT;
