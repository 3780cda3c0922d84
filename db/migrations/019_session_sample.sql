-- 019: the sample of active sessions runs without compiling its plan, which takes longer than running it
-- (236 and 67 ms at ten million sessions).
BEGIN;

ALTER FUNCTION idp.active_sessions_per_user() SET jit = off;

INSERT INTO idp.schema_migrations (version, name) VALUES (19, '019_session_sample');
COMMIT;
