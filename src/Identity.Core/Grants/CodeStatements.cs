using Identity.Core.Credentials;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary> The statements of <see cref="AuthorizationCodeStore"/>. Those that issue something lock the session's row
/// first (FOR KEY SHARE, as its foreign keys do anyway). idp.end_sessions locks the same row first, so either it waits
/// and then sees what was issued, or the statement waits and then sees the end.
/// </summary>
internal static class CodeStatements
{
    // IS TRUE keeps PostgreSQL from scanning the whole partial index of email addresses for one account before the
    // tables are analysed.
    private const string LiveUser = $"({AccountState.MayAct}) IS TRUE";

    private const string LiveBrowserSession =
        "s.id = @session AND s.user_id = @user AND s.is_active AND s.expires_at > now() "
        + "AND s.last_activity_at > now() - @session_idle AND "
        + LiveUser;

    public const string SessionIsLive =
        "SELECT true FROM public.sessions s JOIN public.users u ON u.id = s.user_id WHERE " + LiveBrowserSession;

    // The consent is locked against withdrawal for the same reason. Authorization details (RFC 9396) are allowed
    // exactly as shown or not at all. The logout ledger has one row per session and client, so a row about a withdrawal
    // is deleted when the client is allowed again, to make room for the end of the session. A client that was recorded
    // within the last minute is not recorded again: ON CONFLICT would lock its row although nothing changes, and
    // requests of one session would queue for it.
    public const string Issue = $"""
        WITH consent AS MATERIALIZED (
            SELECT c.id FROM idp.grants c
            WHERE @consent AND c.kind = 'consent' AND c.user_id = @user AND c.client_id = @client
                AND c.revoked_at IS NULL
              AND (c.expires_at IS NULL OR c.expires_at > now()) AND @consent_scopes <@ c.scopes
              AND (@asked IS NULL OR c.data -> 'authorization_details' = @asked)
            FOR SHARE),
        live AS MATERIALIZED (
            SELECT s.id, s.user_id FROM public.sessions s JOIN public.users u ON u.id = s.user_id
            WHERE {LiveBrowserSession} AND (NOT @consent OR EXISTS (SELECT FROM consent))
            FOR KEY SHARE OF s),
        issued AS (
            INSERT INTO idp.grants (id, kind, key_hash, user_id, session_id, client_id, family_id, scopes, data,
                expires_at)
            SELECT @id, 'authorization_code', @hash, live.user_id, live.id, @client, @family, @scopes, @data,
                now() + @lifetime FROM live
            RETURNING id),
        again AS (
            DELETE FROM idp.logout_deliveries
            WHERE session_id = @session AND client_id = @client AND reason = 'consent_withdrawn' AND EXISTS (SELECT
                FROM live)),
        noted AS (
            INSERT INTO idp.session_clients AS c (session_id, client_id) SELECT live.id, @client FROM live
            WHERE NOT EXISTS (
                SELECT FROM idp.session_clients known
                WHERE known.session_id = @session AND known.client_id = @client
                  AND known.last_at >= now() - interval '1 minute')
            ON CONFLICT (session_id, client_id) DO UPDATE SET last_at = now()
                WHERE c.last_at < now() - interval '1 minute')
        SELECT count(*) FROM issued
        """;

    // Where a session is created, the account's row is locked too, before the session's: ending all sessions of a
    // person locks in this order and so ends this one too.
    public const string Redeem = $"""
        WITH person AS MATERIALIZED (
            SELECT u.id FROM idp.grants g JOIN public.users u ON u.id = g.user_id WHERE @outlives
                AND g.key_hash = @hash FOR SHARE OF u),
        code AS MATERIALIZED (
            SELECT g.id, g.user_id, g.session_id, g.family_id, g.scopes, g.data ->> 'nonce' AS nonce,
                s.expires_at AS session_ends,
                   s.ip_address, s.user_agent, s.device_fingerprint, s.auth_time, s.amr, s.acr,
                   @refresh AND 'offline_access' = ANY (g.scopes) AS offline,
                   ((g.data -> 'details') - 'confirmation')
                   || CASE WHEN @confirmation IS NULL THEN '{EmptyObject}' WHEN @binds
                       THEN jsonb_build_object('confirmation', @confirmation)
                           ELSE '{GrantDetails.SenderConstrainedJson}' END AS details
            FROM idp.grants g
            JOIN public.sessions s ON s.id = g.session_id
            JOIN public.users u ON u.id = g.user_id
            WHERE g.key_hash = @hash AND g.kind = 'authorization_code' AND g.client_id = @client
              AND g.consumed_at IS NULL AND g.revoked_at IS NULL AND g.expires_at > now()
              AND {Proved}
              AND s.is_active AND s.expires_at > now() AND {LiveUser}
              AND (NOT @outlives OR EXISTS (SELECT FROM person))
            FOR KEY SHARE OF s),
        claimed AS (
            UPDATE idp.grants g SET consumed_at = clock_timestamp() FROM code
            WHERE g.key_hash = @hash AND g.id = code.id AND g.consumed_at IS NULL AND g.revoked_at IS NULL
            RETURNING code.*),
        own_session AS (
            INSERT INTO public.sessions (id, user_id, token_hash, ip_address, user_agent, device_fingerprint,
                client_id, created_at, last_activity_at, expires_at, auth_time, amr, acr)
            SELECT @own_session, c.user_id, @own_hash, c.ip_address, c.user_agent, c.device_fingerprint, @client,
                now(), now(), now() + @absolute, c.auth_time, c.amr, c.acr
            FROM claimed c WHERE c.offline AND @outlives),
        family AS (
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, details, absolute_expires_at)
            SELECT c.family_id, c.user_id, CASE WHEN @outlives THEN @own_session ELSE c.session_id END, @client,
                c.scopes,
                   c.details || CASE WHEN @outlives THEN jsonb_build_object('sid', c.session_id)
                       ELSE '{EmptyObject}' END,
                   CASE WHEN @outlives THEN now() + @absolute ELSE least(now() + @absolute, c.session_ends) END
            FROM claimed c WHERE c.offline
            RETURNING id, session_id, absolute_expires_at),
        token AS (
            INSERT INTO public.refresh_tokens (id, session_id, token_hash, family_id, generation, client_id, expires_at)
            SELECT @token, f.session_id, @token_hash, f.id, 0, @client, least(now() + @idle, f.absolute_expires_at)
                FROM family f),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT c.user_id, 'token_issued', 'success', @ip, @user_agent,
                   jsonb_build_object('client_id', @client, 'session_id', c.session_id, 'family_id', c.family_id,
                       'scopes', c.scopes) FROM claimed c)
        SELECT {SubjectProfileColumns.Select}, c.family_id, c.session_id, @client, c.scopes, c.details, c.nonce,
            c.offline
        FROM claimed c JOIN public.users u ON u.id = c.user_id
        """;

    public const string Peek =
        "SELECT g.scopes, g.data -> 'details' FROM idp.grants g WHERE g.key_hash = @hash "
        + "AND g.kind = 'authorization_code' AND g.client_id = @client";

    public const string Judge = $"""
        SELECT g.id, g.client_id = @client, g.consumed_at IS NOT NULL, g.revoked_at IS NOT NULL, g.expires_at <= now(),
            coalesce({Proved}, false)
        FROM idp.grants g WHERE g.key_hash = @hash AND g.kind = 'authorization_code'
        """;

    public const string EndOwnSession = """
        SELECT idp.end_sessions(ARRAY[s.id], 'token_theft', @ip, @user_agent)
        FROM idp.grants g JOIN idp.token_families f ON f.id = g.family_id JOIN public.sessions s ON s.id = f.session_id
        WHERE g.id = @code AND s.client_id IS NOT NULL AND f.revoked_at IS NULL
        """;

    public const string EndFamily = """
        INSERT INTO idp.token_families AS f (id, user_id, session_id, client_id, scopes, absolute_expires_at,
            revoked_at, revoked_reason)
        SELECT g.family_id, g.user_id, g.session_id, g.client_id, g.scopes, now() + interval '1 hour', now(),
            'code_reuse' FROM idp.grants g WHERE g.id = @code
        ON CONFLICT (id) DO UPDATE SET revoked_at = coalesce(f.revoked_at, now()), revoked_reason = 'code_reuse'
        WHERE f.revoked_reason IS DISTINCT FROM 'code_reuse'
        RETURNING f.id, f.user_id, f.client_id
        """;

    private const string EmptyObject = "{}";
    private const string ConfirmationPath = "{details,confirmation}";

    // A code that is bound to a key (RFC 9449 section 10) is redeemed with that key.
    private const string Proved = $"""
        g.data ->> 'redirect_uri' = @redirect_uri AND g.data ->> 'code_challenge' IS NOT DISTINCT FROM @challenge
        AND (g.data #> '{ConfirmationPath}' IS NULL OR g.data #> '{ConfirmationPath}' = @confirmation)
        """;
}
