namespace Identity.Core.Maintenance;

/// <summary> The statements of the jobs. Each is bounded: it takes at most one batch of rows from the beginning of an
/// index and skips locked rows. Each returns the number of rows processed and where the next batch begins.
/// </summary>
internal static class MaintenanceStatements
{
    /// <summary>The rows of one batch: few enough that its commit does not delay those of sign-ins.</summary>
    public const int BatchSize = 5_000;

    private const string Gone = "SELECT count(*)::integer, CASE WHEN count(*) >= 5000 THEN '' END FROM gone";

    public const string Sessions =
        "SELECT ended, CASE WHEN ended >= 10000 THEN '' END FROM public.cleanup_expired_sessions() ended";

    public const string Tokens =
        "SELECT removed, CASE WHEN removed >= 10000 THEN '' END FROM public.cleanup_expired_tokens() removed";

    // Ends idle browser sessions, so that their clients are notified. A session with a family that a client still
    // refreshes stays, because the family depends on that row (docs/decisions/0007). Such rows remain at the beginning
    // of the index; the batches continue after them, so that a run reads each row once.
    public const string Idle = """
        WITH walked AS MATERIALIZED (
            SELECT s.id, s.last_activity_at FROM public.sessions s
            WHERE s.is_active AND s.client_id IS NULL AND s.last_activity_at <= now() - @idle
              AND (s.last_activity_at, s.id) > (split_part(@after, ' ', 1)::timestamptz, split_part(@after, ' ',
                  2)::uuid)
            ORDER BY s.last_activity_at, s.id LIMIT 5000),
        held AS MATERIALIZED (
            SELECT h.id FROM walked w CROSS JOIN LATERAL (
                SELECT s.id FROM public.sessions s
                WHERE s.id = w.id AND s.is_active AND s.last_activity_at <= now() - @idle
                  AND NOT EXISTS (SELECT FROM idp.token_families f JOIN public.refresh_tokens t ON t.family_id = f.id
                                  WHERE f.session_id = s.id AND f.revoked_at IS NULL AND f.absolute_expires_at > now()
                                    AND t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now())
                FOR UPDATE OF s SKIP LOCKED) h)
        SELECT idp.end_sessions(ARRAY (SELECT id FROM held), 'expired'),
            (SELECT to_json(last_activity_at) #>> '{}' || ' ' || id FROM walked
             ORDER BY last_activity_at DESC, id DESC LIMIT 1)
        """;

    // Rows that belong to a session are deleted with it. It may have thousands of refresh tokens, so those are deleted
    // first, in batches.
    public const string EndedSessions = """
        WITH due AS MATERIALIZED (
            SELECT id FROM public.sessions
            WHERE NOT is_active AND coalesce(revoked_at, expires_at) < now() - @retention
            ORDER BY coalesce(revoked_at, expires_at) LIMIT 1000 FOR UPDATE SKIP LOCKED),
        tokens AS MATERIALIZED (
            SELECT t.id, t.session_id FROM due JOIN public.refresh_tokens t ON t.session_id = due.id LIMIT 5000),
        removed AS (DELETE FROM public.refresh_tokens WHERE id IN (SELECT id FROM tokens) RETURNING 1),
        gone AS (DELETE FROM public.sessions WHERE id IN (
            SELECT id FROM due WHERE NOT EXISTS (SELECT FROM tokens t WHERE t.session_id = due.id)
                AND (SELECT count(*) FROM tokens) < 5000) RETURNING 1)
        SELECT (SELECT count(*) FROM gone)::integer,
            CASE WHEN (SELECT count(*) FROM due) > (SELECT count(*) FROM gone)
                OR (SELECT count(*) FROM due) >= 1000 THEN '' END
        """;

    public const string Throttle = $"""
        WITH gone AS (DELETE FROM idp.throttle_counters WHERE key IN (
            SELECT key FROM idp.throttle_counters
            WHERE window_ends_at < now() AND (blocked_until IS NULL OR blocked_until < now())
            ORDER BY window_ends_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    public const string Replay = $"""
        WITH gone AS (DELETE FROM idp.replay_guard WHERE key_hash IN (
            SELECT key_hash FROM idp.replay_guard WHERE expires_at < now()
            ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    public const string Idempotency = $"""
        WITH gone AS (DELETE FROM idp.idempotency_keys WHERE key_hash IN (
            SELECT key_hash FROM idp.idempotency_keys WHERE expires_at < now()
            ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    // Pushed and begun requests are useless once expired; an expired device request stays a while, so that the device
    // gets the right error. Only grants that ended within the last hours are read, by the index on expires_at; the job
    // grants deletes the rest.
    public const string Requests = """
        WITH pushed AS (DELETE FROM idp.grants WHERE id IN (
                 SELECT id FROM idp.grants
                 WHERE expires_at < now() AND expires_at > now() - interval '2 hours'
                   AND (kind = 'pushed_request' OR kind IN ('device_code', 'backchannel_request')
                       AND expires_at < now() - interval '10 minutes')
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             begun AS (DELETE FROM idp.begun_requests WHERE token_hash IN (
                 SELECT token_hash FROM idp.begun_requests WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        SELECT ((SELECT count(*) FROM pushed) + (SELECT count(*) FROM begun))::integer,
            CASE WHEN greatest((SELECT count(*) FROM pushed), (SELECT count(*) FROM begun)) >= 5000 THEN '' END
        """;

    // A used code is recognised for a day, and a family for as long as its last token.
    public const string Grants = $"""
        WITH gone AS (DELETE FROM idp.grants WHERE id IN (
            SELECT id FROM idp.grants WHERE expires_at < now() - interval '1 day'
            ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    // Writes the end of each token into the audit log of its person.
    public const string PersonalTokens = $"""
        WITH gone AS (DELETE FROM idp.personal_access_tokens WHERE id IN (
            SELECT id FROM idp.personal_access_tokens WHERE expires_at < now()
            ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING id, user_id, name),
        told AS (INSERT INTO public.audit_logs (user_id, event_type, event_status, details)
            SELECT user_id, 'personal_token_expired', 'success',
                jsonb_build_object('personal_token_id', id, 'name', name) FROM gone)
        {Gone}
        """;

    public const string Denials = $"""
        WITH gone AS (DELETE FROM idp.denials WHERE key_hash IN (
            SELECT key_hash FROM idp.denials WHERE expires_at < now()
            ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    public const string Families = $"""
        WITH gone AS (DELETE FROM idp.token_families WHERE id IN (
            SELECT id FROM idp.token_families WHERE absolute_expires_at < now() - interval '31 days'
            ORDER BY absolute_expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    // Entries of the logout ledger stay readable for 30 days after their end. Entries that are still being retried need
    // no exception here: delivery gives up long before 30 days.
    public const string Logout = $"""
        WITH gone AS (DELETE FROM idp.logout_deliveries WHERE id IN (
            SELECT id FROM idp.logout_deliveries WHERE created_at < now() - interval '30 days'
                AND coalesce(delivered_at, abandoned_at) < now() - interval '30 days'
            ORDER BY created_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    // An event can be replayed for 30 days. Its deliveries go with it; they were given up long before.
    public const string Events = $"""
        WITH gone AS (DELETE FROM idp.events WHERE seq IN (
            SELECT seq FROM idp.events WHERE occurred_at < now() - interval '30 days'
            ORDER BY occurred_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    // Sent mails count towards the daily caps; mails that were given up are kept equally long, so that operators can
    // find the reason. A mail still queued by then has no server, and its links have long expired.
    public const string Mail = $"""
        WITH gone AS (DELETE FROM idp.mail_outbox WHERE id IN (
            SELECT id FROM idp.mail_outbox WHERE created_at < now() - interval '7 days'
            ORDER BY created_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1)
        {Gone}
        """;

    public const string Recovery = """
        WITH ceremonies AS (DELETE FROM idp.passkey_ceremonies WHERE token_hash IN (
                 SELECT token_hash FROM idp.passkey_ceremonies WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             challenges AS (DELETE FROM idp.login_challenges WHERE token_hash IN (
                 SELECT token_hash FROM idp.login_challenges WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             links AS (DELETE FROM idp.magic_links WHERE id IN (
                 SELECT id FROM idp.magic_links WHERE expires_at < now() - interval '7 days'
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             reverts AS (DELETE FROM idp.email_change_reverts WHERE id IN (
                 SELECT id FROM idp.email_change_reverts WHERE expires_at < now() - interval '7 days'
                     AND NOT EXISTS (SELECT FROM public.users u WHERE u.id = user_id AND NOT u.email_verified)
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             secures AS (DELETE FROM idp.secure_account_links WHERE id IN (
                 SELECT id FROM idp.secure_account_links WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             devices AS (DELETE FROM idp.trusted_devices WHERE id IN (
                 SELECT id FROM idp.trusted_devices WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             codes AS (DELETE FROM idp.sign_in_codes WHERE browser_hash IN (
                 SELECT browser_hash FROM idp.sign_in_codes WHERE expires_at < now()
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             invitations AS (DELETE FROM idp.invitations WHERE id IN (
                 SELECT id FROM idp.invitations WHERE expires_at < now() - interval '30 days'
                 ORDER BY expires_at LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING 1),
             counts (n) AS (SELECT count(*) FROM ceremonies UNION ALL SELECT count(*) FROM challenges
                 UNION ALL SELECT count(*) FROM links UNION ALL SELECT count(*) FROM reverts
                 UNION ALL SELECT count(*) FROM secures UNION ALL SELECT count(*) FROM devices
                 UNION ALL SELECT count(*) FROM invitations UNION ALL SELECT count(*) FROM codes)
        SELECT sum(n)::integer, CASE WHEN max(n) >= 5000 THEN '' END FROM counts
        """;

    // Finds people with many active sessions for the alert, by walking the index of active sessions by person in
    // slices. A slice may split its last person, who therefore begins the next slice.
    public const string SessionCounts = """
        WITH slice AS MATERIALIZED (
            SELECT user_id FROM public.sessions WHERE is_active AND user_id >= @after::uuid ORDER BY user_id LIMIT
                50000),
        whole AS MATERIALIZED (SELECT count(*) >= 50000 AND min(user_id::text) <> max(user_id::text) AS cut,
                               max(user_id::text)::uuid AS last FROM slice),
        many AS (
            INSERT INTO idp.session_counts AS c (user_id, active)
            SELECT user_id, count(*) FROM slice, whole WHERE NOT (cut AND user_id = last)
            GROUP BY user_id HAVING count(*) > 5 ORDER BY user_id
            ON CONFLICT (user_id) DO UPDATE SET active = excluded.active, seen_at = now()
            RETURNING 1),
        stale AS (
            DELETE FROM idp.session_counts c USING whole
            WHERE c.user_id >= @after::uuid AND (NOT cut OR c.user_id < last)
              AND NOT EXISTS (SELECT FROM slice s WHERE s.user_id = c.user_id) RETURNING 1)
        SELECT (SELECT count(*) FROM many)::integer, CASE WHEN cut THEN last::text END FROM whole
        """;
}
