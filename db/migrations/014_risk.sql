-- 014: a code by mail that a sign-in under way must bring back, and administrators whose sign-in was unusual.
BEGIN;

ALTER TABLE idp.login_challenges ADD COLUMN mail_code_hash bytea
    CONSTRAINT login_challenges_mail_code_hash_check CHECK (octet_length(mail_code_hash) = 32);

CREATE FUNCTION idp.detect_unusual_admins(threshold bigint, since timestamptz, until timestamptz)
    RETURNS TABLE (subject text, value bigint, first_at timestamptz, last_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT a.user_id::text, count(*), min(a.created_at), max(a.created_at) FROM public.audit_logs a
    WHERE a.event_type = 'login' AND a.event_status = 'success' AND a.created_at > since AND a.created_at <= until
      AND a.details -> 'signals' ?| ARRAY['new_country', 'impossible_speed']
      AND EXISTS (SELECT FROM idp.roles r WHERE r.is_administrative
                  AND (EXISTS (SELECT FROM idp.user_roles u WHERE u.role_id = r.id AND u.user_id = a.user_id)
                       OR EXISTS (SELECT FROM idp.group_roles g JOIN idp.user_groups m USING (group_id)
                                  WHERE g.role_id = r.id AND m.user_id = a.user_id)))
    GROUP BY a.user_id HAVING count(*) > threshold
$$;

INSERT INTO idp.schema_migrations (version, name) VALUES (14, '014_risk');
COMMIT;
