-- Builds the indexes of migration 012 without a lock that a writer feels, for databases with millions of rows:
--     psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/prepare_012.sql
-- The migration then finds them. It may be run again: an index that was left half built is built anew.
SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) FROM pg_index
WHERE NOT indisvalid AND indrelid::regclass::text ~ '^(sessions|users|email_verification_tokens|idp\.audit_logs_)' \gexec
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_device ON public.sessions (user_id, device_fingerprint, created_at)
    WHERE device_fingerprint IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_idle ON public.sessions (last_activity_at, id)
    WHERE is_active AND client_id IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_ended ON public.sessions (coalesce(revoked_at, expires_at))
    WHERE NOT is_active;
CREATE INDEX CONCURRENTLY IF NOT EXISTS email_verification_tokens_expires
    ON public.email_verification_tokens (expires_at);
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA idp;
SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS users_search ON public.users USING gin '
    || '(lower(email || '' '' || coalesce(name, '''')) %I.gin_trgm_ops) WITH (gin_pending_list_limit = 512) '
    || 'WHERE deleted_at IS NULL', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm' \gexec
-- An index of a partitioned table is built part by part. The migration then takes the parts as they are.
SELECT format('CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON %s (user_id, created_at DESC, id) '
    || 'WHERE event_type NOT IN (''token_refreshed'', ''token_issued'')', relname || '_activity', c.oid::regclass)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.audit_logs'::regclass \gexec
