using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;

namespace Identity.Core.Grants;

/// <summary>A client that a person has allowed, as their account page lists it.</summary>
/// <param name="Scopes">Its scopes: those of the consent and those of its live families.</param>
/// <param name="LastUsed">When it last got a code or a token, if known.</param>
/// <param name="FamilyIds">Its live refresh families.</param>
public sealed record ConnectedApp(
    string ClientId,
    IReadOnlyList<string> Scopes,
    DateTimeOffset Since,
    DateTimeOffset LastUsed,
    IReadOnlyList<Guid> FamilyIds
);

/// <summary>Consents, stored per person and client until they are withdrawn (OIDC Core section 3.1.2.4).</summary>
public sealed class ConsentStore(Database database, AuditLog audit)
{
    private const string Grant = """
        INSERT INTO idp.grants AS g (id, kind, user_id, client_id, scopes, data)
        VALUES (@id, 'consent', @user, @client, @scopes, @data)
        ON CONFLICT (user_id, client_id) WHERE kind = 'consent' DO UPDATE SET
            scopes = CASE WHEN g.revoked_at IS NULL THEN ARRAY (SELECT DISTINCT unnest(g.scopes || excluded.scopes)
                ORDER BY 1) ELSE excluded.scopes END,
            data = CASE WHEN g.revoked_at IS NULL THEN g.data || excluded.data ELSE excluded.data END,
            created_at = CASE WHEN g.revoked_at IS NULL THEN g.created_at ELSE now() END,
            revoked_at = NULL
        """;

    private const string Find = """
        SELECT scopes FROM idp.grants WHERE kind = 'consent' AND user_id = @user AND client_id = @client
            AND revoked_at IS NULL
        """;

    // Codes before families: a redemption in flight holds its code's lock, so waiting for it makes its family visible
    // to the next statement.
    private const string EndGrants = """
        UPDATE idp.grants SET revoked_at = now() WHERE user_id = @user AND client_id = @client AND revoked_at IS NULL
        """;

    private const string EndOwnSessions = """
        SELECT idp.end_sessions(ARRAY (SELECT s.id FROM public.sessions s WHERE s.user_id = @user
            AND s.client_id = @client AND s.is_active ORDER BY s.id),
                                'revoked', @ip, @user_agent)
        """;

    private const string EndFamilies = """
        WITH ended AS (
            UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'consent_withdrawn'
            WHERE user_id = @user AND client_id = @client AND revoked_at IS NULL RETURNING id)
        UPDATE public.refresh_tokens t SET revoked_at = now() FROM ended
        WHERE t.family_id = ended.id AND t.used_at IS NULL AND t.revoked_at IS NULL
        """;

    // The browser's session continues without the client, which is notified (OIDC Back-Channel Logout 1.0). A later
    // sign-in at the client deletes the row again: see CodeStatements.Issue.
    private const string TellOfBrowserSessions = """
        WITH parted AS (
            DELETE FROM idp.session_clients c USING public.sessions s
            WHERE s.id = c.session_id AND s.user_id = @user AND s.is_active AND c.client_id = @client
                RETURNING c.session_id),
        queued AS (
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason)
                SELECT session_id, @user, @client, 'consent_withdrawn' FROM parted
            ON CONFLICT DO NOTHING RETURNING 1)
        SELECT pg_notify('identity_logout', '') FROM queued LIMIT 1
        """;

    internal const string List = """
        WITH families AS (
            SELECT f.id, f.client_id, f.scopes, f.created_at,
                   (SELECT t.created_at FROM public.refresh_tokens t WHERE t.family_id = f.id ORDER BY t.generation DESC
                       LIMIT 1) AS last_used
            FROM idp.token_families f JOIN public.sessions s ON s.id = f.session_id
            WHERE f.user_id = @user AND f.revoked_at IS NULL AND f.absolute_expires_at > now() AND s.is_active
                AND s.expires_at > now()),
        parts AS (
            SELECT client_id, scopes, created_at, coalesce(last_used, created_at) AS last_used, id AS family_id
                FROM families
            UNION ALL
            SELECT g.client_id, g.scopes, g.created_at,
                   greatest(g.created_at, (SELECT max(c.last_at) FROM public.sessions s
                       JOIN idp.session_clients c ON c.session_id = s.id AND c.client_id = g.client_id
                                           WHERE s.user_id = g.user_id)), NULL
            FROM idp.grants g WHERE g.user_id = @user AND g.kind = 'consent' AND g.revoked_at IS NULL)
        SELECT p.client_id, ARRAY (SELECT DISTINCT scope FROM parts q, unnest(q.scopes) scope
            WHERE q.client_id = p.client_id ORDER BY scope),
               min(p.created_at), max(p.last_used), coalesce(array_agg(p.family_id
                   ORDER BY p.family_id) FILTER (WHERE p.family_id IS NOT NULL), '{}')
        FROM parts p GROUP BY p.client_id ORDER BY max(p.last_used) DESC, p.client_id
        """;

    /// <summary>Adds what a person allowed to their consent.</summary>
    /// <param name="proof">The session in which they allowed it.</param>
    /// <param name="authorizationDetailsJson">The authorization details that were shown and allowed (RFC 9396); they
    /// replace earlier ones. Null keeps those.</param>
    /// <exception cref="ArgumentException">The details are not JSON that the database can store (<see
    /// cref="GrantDetails.TryReadJson"/>).</exception>
    /// <returns>False if the proof is no longer valid; nothing is stored.</returns>
    public Task<bool> GrantAsync(
        CredentialProof proof,
        string clientId,
        IReadOnlyList<string> scopes,
        string? authorizationDetailsJson,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var data = "{}";
        if (authorizationDetailsJson is not null)
        {
            if (!GrantDetails.TryReadJson(authorizationDetailsJson, out var details))
                throw new ArgumentException("Not JSON that can be kept.", nameof(authorizationDetailsJson));
            data = $$"""{"authorization_details":{{details.GetRawText()}}}""";
        }
        return database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return false;
                await transaction.ExecuteAsync(
                    Grant,
                    cancel,
                    ("id", Guid.CreateVersion7()),
                    ("user", proof.UserId),
                    ("client", clientId),
                    ("scopes", scopes.ToArray()),
                    ("data", new Json(data))
                );
                await audit.AppendAsync(
                    transaction,
                    GrantAudit.Event(
                        AuditEventTypes.ConsentGranted,
                        AuditStatus.Success,
                        proof.UserId,
                        request,
                        ("client_id", clientId),
                        ("scopes", scopes)
                    ),
                    cancel
                );
                return true;
            },
            cancellationToken
        );
    }

    /// <summary>The scopes that a person has allowed a client; null if none.</summary>
    public async Task<IReadOnlyList<string>?> FindAsync(
        Guid userId,
        string clientId,
        CancellationToken cancellationToken
    ) =>
        await database.QuerySingleOrDefaultAsync<string[]?>(
            Find,
            static row => row.GetFieldValue<string[]>(0),
            cancellationToken,
            ("user", userId),
            ("client", clientId)
        );

    /// <summary>Records a refusal. Earlier consent stays.</summary>
    public Task DenyAsync(Guid userId, string clientId, RequestContext request, CancellationToken cancellationToken) =>
        audit.AppendAsync(
            GrantAudit.Event(
                AuditEventTypes.ConsentDenied,
                AuditStatus.Success,
                userId,
                request,
                ("client_id", clientId)
            ),
            cancellationToken
        );

    /// <summary> Withdraws everything that a person allowed a client, in one transaction: the consent, open codes,
    /// reference tokens, refresh families and the sessions that belonged to those families alone. The client is
    /// notified by back-channel logout, also for the browser's sessions, which continue without it.
    /// </summary>
    /// <returns>Whether there was anything to withdraw.</returns>
    public Task<bool> WithdrawAsync(
        Guid userId,
        string clientId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var (ip, userAgent) = GrantAudit.Origin(request);
                var ended = await transaction.ExecuteAsync(EndGrants, cancel, ("user", userId), ("client", clientId));
                ended += await transaction.QuerySingleOrDefaultAsync(
                    EndOwnSessions,
                    static row => row.GetInt32(0),
                    cancel,
                    ("user", userId),
                    ("client", clientId),
                    ("ip", ip),
                    ("user_agent", userAgent)
                );
                ended += await transaction.ExecuteAsync(EndFamilies, cancel, ("user", userId), ("client", clientId));
                if (ended == 0)
                    return false;
                await transaction.ExecuteAsync(TellOfBrowserSessions, cancel, ("user", userId), ("client", clientId));
                await audit.AppendAsync(
                    transaction,
                    GrantAudit.Event(
                        AuditEventTypes.ConsentWithdrawn,
                        AuditStatus.Success,
                        userId,
                        request,
                        ("client_id", clientId)
                    ),
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>The clients that a person has allowed: those with a consent and those with a live family, most recently
    /// used first. One command.</summary>
    public async Task<IReadOnlyList<ConnectedApp>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        await database.QueryAsync(
            List,
            static row => new ConnectedApp(
                row.GetString(0),
                row.GetFieldValue<string[]>(1),
                row.GetFieldValue<DateTimeOffset>(2),
                row.GetFieldValue<DateTimeOffset>(3),
                row.GetFieldValue<Guid[]>(4)
            ),
            cancellationToken,
            ("user", userId)
        );
}
