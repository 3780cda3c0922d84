using Identity.Core.Credentials;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary> The statements of <see cref="RefreshTokenStore"/>, except those that claim a token (<see
/// cref="RotationStatements"/>).
/// </summary>
internal static class RefreshStatements
{
    // IS TRUE keeps PostgreSQL from scanning the whole partial index of email addresses for one account before the
    // tables are analysed.
    private const string LiveUser = $"({AccountState.MayAct}) IS TRUE";

    /// <summary>The browser's idle limit does not apply: a refreshing program does not show that a person left
    /// (docs/decisions/0007).</summary>
    internal const string LiveSession = "s.is_active AND s.expires_at > now() AND " + LiveUser;

    private const string Grant = "f.id, t.session_id, t.client_id, f.scopes, f.details";

    private const string FromToken = """
        FROM public.refresh_tokens t
        JOIN idp.token_families f ON f.id = t.family_id
        JOIN public.sessions s ON s.id = t.session_id
        JOIN public.users u ON u.id = f.user_id
        WHERE t.token_hash = @hash
        """;

    private static readonly string ProvedByRequest = Proved("@confirmation");

    // A separate statement with its own snapshot: a part of the first one would not see the successor that the winner
    // has just created.
    public static readonly string Judge = $"""
        SELECT {SubjectProfileColumns.Select}, {Grant}, t.session_id, t.client_id = @client, t.used_at IS NOT NULL,
               t.used_at IS NOT NULL AND t.revoked_at IS NULL AND EXISTS (
                   SELECT FROM public.refresh_tokens leaf
                   WHERE leaf.family_id = t.family_id AND leaf.generation = t.generation + 1 AND leaf.used_at IS NULL),
               coalesce(t.used_at > now() - @grace, false),
               f.revoked_at IS NOT NULL OR (t.used_at IS NULL AND t.revoked_at IS NOT NULL),
               f.absolute_expires_at <= now() OR (t.used_at IS NULL AND t.expires_at <= now()) OR EXISTS (
                   SELECT FROM public.refresh_tokens leaf
                   WHERE leaf.family_id = t.family_id AND leaf.generation = t.generation + 1 AND leaf.used_at IS NULL
                       AND leaf.expires_at <= now()),
               {LiveSession}, coalesce({ProvedByRequest}, false), @scopes IS NULL OR @scopes <@ f.scopes,
                   s.client_id IS NOT NULL, t.successor_sealed
        {FromToken}
        """;

    // The account's row is locked, as it is when all sessions of a person end: a session created here is then either
    // seen and ended, or not created.
    public const string IssueFirst = $"""
        WITH person AS MATERIALIZED (SELECT u.id FROM public.users u WHERE u.id = @user AND {LiveUser} FOR SHARE),
        own_session AS (
            INSERT INTO public.sessions (id, user_id, token_hash, ip_address, user_agent, client_id, created_at,
                last_activity_at, expires_at, auth_time, amr, acr)
            SELECT @session, p.id, @session_hash, @ip, @user_agent, @client, now(), now(), now() + @absolute,
                @auth_time, @amr, @acr FROM person p
            RETURNING id, user_id, expires_at),
        told AS (INSERT INTO idp.session_clients (session_id, client_id) SELECT s.id, @client FROM own_session s),
        family AS (
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, details, absolute_expires_at)
            SELECT @family, s.user_id, s.id, @client, @scopes,
                   @details || CASE WHEN @confirmation IS NULL THEN '{EmptyObject}'
                       ELSE jsonb_build_object('confirmation', @confirmation) END, s.expires_at
            FROM own_session s
            RETURNING id, user_id, session_id, client_id, scopes, details, absolute_expires_at),
        token AS (
            INSERT INTO public.refresh_tokens (id, session_id, token_hash, family_id, generation, client_id, expires_at)
            SELECT @token, f.session_id, @token_hash, f.id, 0, @client, least(now() + @idle, f.absolute_expires_at)
                FROM family f WHERE @offline),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT f.user_id, 'token_issued', 'success', @ip, @user_agent,
                   jsonb_build_object('client_id', @client, 'session_id', f.session_id, 'family_id', f.id, 'scopes',
                       f.scopes) FROM family f)
        SELECT {SubjectProfileColumns.Select}, f.id, f.session_id, f.client_id, f.scopes, f.details FROM family f
            JOIN public.users u ON u.id = f.user_id
        """;

    public const string Inspect = $"""
        SELECT t.client_id, f.user_id, t.session_id, f.id, f.scopes, f.details, t.created_at, t.expires_at,
               t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now() AND f.revoked_at IS NULL
                   AND f.absolute_expires_at > now() AND {LiveSession}
        {FromToken}
        """;

    // A session of the family's own ends through the function that ends every session, which also ends the family.
    public const string Revoke = """
        WITH target AS MATERIALIZED (
            SELECT t.family_id, t.session_id, f.user_id, f.revoked_at IS NULL AS live,
                s.client_id IS NOT NULL AS own_session
            FROM public.refresh_tokens t
            JOIN idp.token_families f ON f.id = t.family_id
            JOIN public.sessions s ON s.id = t.session_id
            WHERE t.token_hash = @hash AND t.client_id = @client),
        family AS (
            UPDATE idp.token_families f SET revoked_at = now(), revoked_reason = 'revoked' FROM target
            WHERE f.id = target.family_id AND f.revoked_at IS NULL AND NOT target.own_session),
        tokens AS (
            UPDATE public.refresh_tokens t SET revoked_at = now() FROM target
            WHERE t.family_id = target.family_id AND t.used_at IS NULL AND t.revoked_at IS NULL
                AND NOT target.own_session),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT target.user_id, 'token_revoked', 'success', @ip, @user_agent,
                   jsonb_build_object('client_id', @client, 'family_id', target.family_id) FROM target
                       WHERE target.live)
        SELECT true, CASE WHEN own_session THEN idp.end_sessions(ARRAY[session_id], 'revoked', @ip, @user_agent)
            ELSE 0 END
        FROM target
        UNION ALL
        SELECT false, 0 FROM public.refresh_tokens WHERE token_hash = @hash AND client_id <> @client
        """;

    private const string EmptyObject = "{}";

    /// <summary>Whether the proved key in <paramref name="confirmation"/> is right for the family. A family that is
    /// bound to a key needs that key; a family whose tokens must be bound needs any key.</summary>
    internal static string Proved(string confirmation) =>
        $"(f.details -> 'confirmation' IS NULL OR f.details -> 'confirmation' = {confirmation})"
        + $" AND (f.details -> 'sender_constrained' IS NULL OR {confirmation} IS NOT NULL)";
}

/// <summary>Statements on families that several stores of this room share.</summary>
internal static class FamilyStatements
{
    public const string EndOne =
        "UPDATE idp.token_families SET revoked_at = now(), revoked_reason = @reason WHERE id = @family "
        + "AND revoked_at IS NULL";

    public const string EndTokens =
        "UPDATE public.refresh_tokens SET revoked_at = now() WHERE family_id = @family AND used_at IS NULL "
        + "AND revoked_at IS NULL";
}
