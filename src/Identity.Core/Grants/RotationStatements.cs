using Identity.Core.Profile;

namespace Identity.Core.Grants;

/// <summary> Claims one or many refresh tokens by the same rules, written once. As in <see cref="CodeStatements"/> the
/// session's row is locked before anything is claimed, so that the end of a session and a rotation in flight see each
/// other in one order or the other.
/// </summary>
internal static class RotationStatements
{
    private const string AskedOne = """
        WITH asked AS (
            SELECT 1::bigint AS n, @hash AS hash, @client AS client, @confirmation AS confirmation, @binds AS binds,
                   @scopes AS wanted, @idle AS idle, @token AS token, @token_hash AS token_hash,
                   @successor AS successor,
                   @ip AS ip, @user_agent AS user_agent),
        """;

    private const string AskedToKeep = """
        WITH asked AS (
            SELECT @hash AS hash, @client AS client, @confirmation AS confirmation, @scopes AS wanted, @idle AS idle,
                   @ip AS ip, @user_agent AS user_agent),
        """;

    // The length of the first list is hidden in a SELECT; otherwise PostgreSQL plans the statement again for small
    // lists. Nested arrays must have equal lengths, so the scopes of each request are one text.
    private const string AskedMany = """
        WITH asked AS MATERIALIZED (
            SELECT r.n, r.hash, r.client, r.confirmation, r.binds, string_to_array(r.scopes, ' ') AS wanted, r.idle,
                   r.token, r.token_hash, r.successor, r.ip, r.user_agent
            FROM unnest((SELECT @hash::bytea[]), @client::text[], @confirmation::jsonb[], @binds::boolean[],
                        @scopes::text[], @idle::interval[], @token::uuid[], @token_hash::bytea[], @successor::bytea[],
                        @ip::inet[], @user_agent::text[])
                 WITH ORDINALITY AS r (hash, client, confirmation, binds, scopes, idle, token, token_hash, successor,
                                       ip, user_agent, n)),
        """;

    // Repeated beside the join: before the tables are analysed, PostgreSQL would otherwise scan the whole partial index
    // of live tokens.
    private const string OfOne = "t.token_hash = @hash";
    private const string OfMany = "t.token_hash = ANY ((SELECT @hash::bytea[])::bytea[])";

    // A family that is only now bound to a key is locked before its token is claimed: families before tokens, the order
    // of every statement that ends them.
    private const string FirstBinding = """
        unbound AS MATERIALIZED (
            SELECT f.id FROM presented p JOIN idp.token_families f ON f.id = p.family_id
            WHERE @confirmation IS NOT NULL AND f.details -> 'confirmation' IS NULL
              AND f.details -> 'sender_constrained' IS NULL
            FOR NO KEY UPDATE OF f),
        """;

    private const string Bound = $"""
        bound AS (
            UPDATE idp.token_families f
            SET details = f.details || CASE WHEN c.binds THEN jsonb_build_object('confirmation', c.confirmation)
                                            ELSE '{GrantDetails.SenderConstrainedJson}' END
            FROM claimed c, unbound
            WHERE f.id = c.family_id AND f.id = unbound.id),
        """;

    // A batch never waits: a token that is locked, or about to be bound to its first key, gets no row and is claimed
    // alone.
    private const string NotFirstBinding =
        " AND (r.confirmation IS NULL OR f.details -> 'confirmation' IS NOT NULL"
        + " OR f.details -> 'sender_constrained' IS NOT NULL)";

    // A locked session records its activity another time: an update that waited could deadlock with the end of the
    // session, which waits for the key share held here.
    private const string Touched = """
        stale AS MATERIALIZED (
            SELECT s.id FROM claimed c JOIN public.sessions s ON s.id = c.session_id
            WHERE c.stale FOR NO KEY UPDATE OF s SKIP LOCKED),
        touched AS (UPDATE public.sessions s SET last_activity_at = now() FROM stale WHERE s.id = stale.id),
        """;

    private const string Answer = $"""
        SELECT {SubjectProfileColumns.Select}, c.family_id, c.session_id, c.client_id, c.scopes, c.details
        """;

    private const string ToWhom = " FROM claimed c JOIN public.users u ON u.id = c.user_id";

    /// <summary>Claims one token and waits for locks.</summary>
    public static readonly string Rotate =
        AskedOne
        + Presented(OfOne, "", "", "FOR KEY SHARE OF s")
        + FirstBinding
        + Claimed(OfOne, "unbound")
        + Bound
        + Noted(1)
        + Answer
        + ToWhom;

    /// <summary>Claims, without waiting, up to <see cref="Data.StatementBatch{TAsk,TAnswer}.MaxSize"/> tokens. Each row
    /// names the position of its request, from 1. Of two equal tokens, one gets a row.</summary>
    public static readonly string RotateMany =
        AskedMany
        + Presented(OfMany, NotFirstBinding, "FOR NO KEY UPDATE OF t SKIP LOCKED", "FOR KEY SHARE OF s SKIP LOCKED")
        + Claimed(OfMany, null)
        + Noted(1)
        + Answer
        + ", c.n"
        + ToWhom;

    // Without a successor: FAPI 2.0 security profile 5.3.2.1 requires no rotation, because tokens are bound to a key.
    public static readonly string Use =
        AskedToKeep
        + Presented(OfOne, "", "", "FOR KEY SHARE OF s")
        + """
            claimed AS (
                UPDATE public.refresh_tokens t SET expires_at = least(now() + p.idle, p.absolute_expires_at)
                FROM presented p
                WHERE t.token_hash = @hash AND t.id = p.id AND t.used_at IS NULL AND t.revoked_at IS NULL
                RETURNING p.*),
            """
        + Noted(0)
        + Answer
        + ToWhom;

    // A separate query finds the token and then its family (OFFSET 0 keeps this order), so that the plan starts at the
    // token even before PostgreSQL has statistics; it would otherwise read every family or start at the person. Whether
    // to record the activity is decided on the row that was found: a condition on the table could make PostgreSQL scan
    // all sessions by activity.
    private static string Presented(string tokens, string further, string lockToken, string lockSession) =>
        $"""
            token AS MATERIALIZED (
                SELECT r.*, t.id, t.session_id, t.family_id, t.generation, t.client_id, f.user_id, f.scopes, f.details,
                       f.absolute_expires_at
                FROM asked r
                JOIN public.refresh_tokens t ON t.token_hash = r.hash
                JOIN LATERAL (SELECT * FROM idp.token_families WHERE id = t.family_id OFFSET 0) f ON true
                WHERE {tokens} AND t.client_id = r.client
                  AND t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now()
                  AND f.revoked_at IS NULL AND f.absolute_expires_at > now()
                  AND {RefreshStatements.Proved("r.confirmation")}
                  AND (r.wanted IS NULL OR r.wanted <@ f.scopes){further}
                {lockToken}),
            presented AS MATERIALIZED (
                SELECT t.*, s.last_activity_at <= now() - interval '1 minute'
                            AND (s.client_id IS NOT NULL OR s.last_activity_at > now() - @session_idle) AS stale
                FROM token t JOIN public.sessions s ON s.id = t.session_id JOIN public.users u ON u.id = t.user_id
                WHERE {RefreshStatements.LiveSession}
                {lockSession}),

            """;

    private static string Claimed(string tokens, string? after) =>
        $"""

            claimed AS (
                UPDATE public.refresh_tokens t SET used_at = clock_timestamp(), successor_sealed = p.successor
                FROM presented p
                WHERE {tokens} AND t.id = p.id AND t.used_at IS NULL AND t.revoked_at IS NULL
                      {(after is null ? "" : $"AND (SELECT count(*) FROM {after}) >= 0")}
                RETURNING p.*),
            successor AS (
                INSERT INTO public.refresh_tokens
                    (id, session_id, token_hash, parent_token_id, family_id, generation, client_id, expires_at)
                SELECT c.token, c.session_id, c.token_hash, c.id, c.family_id, c.generation + 1, c.client_id,
                       least(now() + c.idle, c.absolute_expires_at)
                FROM claimed c),

            """;

    private static string Noted(int generations) =>
        $"""

            {Touched}
            noted AS (
                INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
                SELECT c.user_id, 'token_refreshed', 'success', c.ip, c.user_agent,
                       jsonb_build_object('client_id', c.client_id, 'session_id', c.session_id,
                                          'family_id', c.family_id,
                                          'generation', c.generation + {generations})
                FROM claimed c WHERE @audit)

            """;
}
