using Identity.Core.Credentials;
using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary>
/// The statements of <see cref="RefreshTokenStore"/>. As in <see cref="CodeStatements"/> the session's row is locked
/// before anything is claimed, so that the end of a session and a rotation in flight see each other in one order or the
/// other.
/// </summary>
internal static class RefreshStatements
{
    // IS TRUE: or else PostgreSQL, on tables that it has not analysed yet, walks the whole partial index of e-mail
    // addresses to find one account.
    private const string LiveUser = $"({AccountState.MayAct}) IS TRUE";

    /// <summary>The idle limit of a browser is not asked: a program that refreshes is not a person who left
    /// (docs/decisions/0007).</summary>
    private const string LiveSession = "s.is_active AND s.expires_at > now() AND " + LiveUser;

    // A family that is bound to a key needs that key; one whose tokens are bound to whatever key is proved needs one.
    private const string Proved =
        "(f.details -> 'confirmation' IS NULL OR f.details -> 'confirmation' = @confirmation)"
        + " AND (f.details -> 'sender_constrained' IS NULL OR @confirmation IS NOT NULL)";
    private const string Grant = "f.id, t.session_id, t.client_id, f.scopes, f.details";

    private const string FromToken = """
        FROM public.refresh_tokens t
        JOIN idp.token_families f ON f.id = t.family_id
        JOIN public.sessions s ON s.id = t.session_id
        JOIN public.users u ON u.id = f.user_id
        WHERE t.token_hash = @hash
        """;

    // Token and family come first, by themselves: so the plan starts there, also where PostgreSQL has no statistics yet
    // and would rather start at the person.
    // A family that is bound to a key only now is locked before its token is claimed: families before tokens, as
    // everything does that ends them.
    // The activity is noted where nobody else holds the row: two rotations of one session, and an end of it that waits
    // for both, would otherwise wait for each other.
    // Whether the activity is to be noted is asked of the row that was found: asked of the table, PostgreSQL may look
    // through every session by its activity.
    private const string Presented = $"""
        WITH token AS MATERIALIZED (
            SELECT t.id, t.session_id, t.family_id, t.generation, t.client_id, f.user_id, f.scopes, f.details,
                f.absolute_expires_at
            FROM public.refresh_tokens t JOIN idp.token_families f ON f.id = t.family_id
            WHERE t.token_hash = @hash AND t.client_id = @client AND t.used_at IS NULL AND t.revoked_at IS NULL
                AND t.expires_at > now()
              AND f.revoked_at IS NULL AND f.absolute_expires_at > now() AND {Proved} AND (@scopes IS NULL
                  OR @scopes <@ f.scopes)),
        presented AS MATERIALIZED (
            SELECT t.*, s.last_activity_at <= now() - interval '1 minute' AND (s.client_id IS NOT NULL
                OR s.last_activity_at > now() - @session_idle) AS stale
            FROM token t JOIN public.sessions s ON s.id = t.session_id JOIN public.users u ON u.id = t.user_id
            WHERE {LiveSession}
            FOR KEY SHARE OF s),
        """;

    public const string Rotate = $"""
        {Presented}
        unbound AS MATERIALIZED (
            SELECT f.id FROM presented p JOIN idp.token_families f ON f.id = p.family_id
            WHERE @confirmation IS NOT NULL AND f.details -> 'confirmation' IS NULL
                AND f.details -> 'sender_constrained' IS NULL
            FOR NO KEY UPDATE OF f),
        claimed AS (
            UPDATE public.refresh_tokens t SET used_at = clock_timestamp(), successor_sealed = @successor
                FROM presented p
            WHERE t.token_hash = @hash AND t.id = p.id AND t.used_at IS NULL AND t.revoked_at IS NULL
                AND (SELECT count(*) FROM unbound) >= 0
            RETURNING p.*),
        successor AS (
            INSERT INTO public.refresh_tokens (id, session_id, token_hash, parent_token_id, family_id, generation,
                client_id, expires_at)
            SELECT @token, c.session_id, @token_hash, c.id, c.family_id, c.generation + 1, c.client_id,
                least(now() + @idle, c.absolute_expires_at) FROM claimed c),
        bound AS (
            UPDATE idp.token_families f
            SET details = f.details || CASE WHEN @binds THEN jsonb_build_object('confirmation', @confirmation)
                ELSE '{GrantDetails.SenderConstrainedJson}' END
            FROM claimed c, unbound
            WHERE f.id = c.family_id AND f.id = unbound.id),
        touchable AS MATERIALIZED (
            SELECT s.id FROM claimed c JOIN public.sessions s ON s.id = c.session_id WHERE c.stale
            FOR NO KEY UPDATE OF s SKIP LOCKED),
        touched AS (
            UPDATE public.sessions s SET last_activity_at = now() FROM touchable t WHERE s.id = t.id),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT c.user_id, 'token_refreshed', 'success', @ip, @user_agent,
                   jsonb_build_object('client_id', c.client_id, 'session_id', c.session_id, 'family_id', c.family_id,
                       'generation', c.generation + 1)
            FROM claimed c WHERE @audit)
        SELECT {SubjectProfileColumns.Select}, c.family_id, c.session_id, c.client_id, c.scopes, c.details
        FROM claimed c JOIN public.users u ON u.id = c.user_id
        """;

    // Without a successor: FAPI 2.0 security profile 5.3.2.1 wants no rotation, for there the key, and not the token
    // alone, is what counts.
    public const string Use = $"""
        {Presented}
        used AS (
            UPDATE public.refresh_tokens t SET expires_at = least(now() + @idle, p.absolute_expires_at) FROM presented p
            WHERE t.token_hash = @hash AND t.id = p.id AND t.used_at IS NULL AND t.revoked_at IS NULL
            RETURNING p.*),
        touchable AS MATERIALIZED (
            SELECT s.id FROM used c JOIN public.sessions s ON s.id = c.session_id WHERE c.stale
            FOR NO KEY UPDATE OF s SKIP LOCKED),
        touched AS (
            UPDATE public.sessions s SET last_activity_at = now() FROM touchable t WHERE s.id = t.id),
        noted AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT c.user_id, 'token_refreshed', 'success', @ip, @user_agent,
                   jsonb_build_object('client_id', c.client_id, 'session_id', c.session_id, 'family_id', c.family_id,
                       'generation', c.generation)
            FROM used c WHERE @audit)
        SELECT {SubjectProfileColumns.Select}, c.family_id, c.session_id, c.client_id, c.scopes, c.details
        FROM used c JOIN public.users u ON u.id = c.user_id
        """;

    // A statement of its own, with a snapshot of its own: a part of the first would not see the child that the winner
    // has just made.
    public const string Judge = $"""
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
               {LiveSession}, coalesce({Proved}, false), @scopes IS NULL OR @scopes <@ f.scopes,
                   s.client_id IS NOT NULL, t.successor_sealed
        {FromToken}
        """;

    // The account's row is locked, as every end of all sessions of a person does: a session made here is either seen by
    // it or not made.
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

    // A session that the family has for itself ends through the one function for every end of a session, which ends the
    // family as well.
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
}

/// <summary>What several stores of this room do to families.</summary>
internal static class FamilyStatements
{
    public const string EndOne =
        "UPDATE idp.token_families SET revoked_at = now(), revoked_reason = @reason WHERE id = @family "
        + "AND revoked_at IS NULL";

    public const string EndTokens =
        "UPDATE public.refresh_tokens SET revoked_at = now() WHERE family_id = @family AND used_at IS NULL "
        + "AND revoked_at IS NULL";
}
