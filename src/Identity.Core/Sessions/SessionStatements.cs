namespace Identity.Core.Sessions;

/// <summary>The statements that begin a session.</summary>
internal static class SessionStatements
{
    // Sessions of clients for offline access (docs/decisions/0007) are not sign-ins: they neither count nor are
    // evicted.
    private const string LiveOfOne = $"""
        FROM public.sessions s JOIN public.users u ON u.id = s.user_id
        WHERE s.user_id = @user_id AND s.client_id IS NULL AND {SessionRows.Live}
        """;

    /// <summary>The sessions that count towards the limit, in the order of eviction.</summary>
    public const string LiveOfPerson = $"SELECT s.id {LiveOfOne} ORDER BY s.last_activity_at, s.created_at, s.id";

    /// <summary>Creates the session and its audit row, and reads it, if the limit leaves room. It is a separate
    /// statement, so that it sees what committed while the lock on the account was awaited. The clock is read here for
    /// the same reason, so that the newest session is never taken for the oldest.</summary>
    public const string Begin = $"""
        WITH made AS (
            INSERT INTO public.sessions AS s
                (id, user_id, token_hash, ip_address, user_agent, device_fingerprint, client_id, created_at,
                 last_activity_at, auth_time, expires_at, amr, acr)
            SELECT @id, @user_id, @hash, @ip, @user_agent, @device, @client_id, moment, moment, moment,
                   moment + @lifetime, @amr, @acr
            FROM (SELECT clock_timestamp() AS moment) clock
            WHERE (SELECT count(*) {LiveOfOne}) < @most
            RETURNING s.*),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT s.user_id, 'login', 'success', s.ip_address, s.user_agent, @details FROM made s)
        SELECT {SessionRows.Columns}, CASE WHEN @warns THEN ({SessionRows.NewDevice}) ELSE false END
        FROM made s JOIN public.users u ON u.id = s.user_id
        """;
}
