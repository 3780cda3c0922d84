using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Grants;

/// <summary>What a client presents to go on with a grant.</summary>
/// <param name="RequestedScopes">What it asks for now; null for all that was granted. Less holds for this answer only,
/// the family keeps all (RFC 6749 section 6).</param>
/// <param name="Confirmation">The key that the request proved, as the JSON of a <c>cnf</c> claim; null when
/// none.</param>
/// <param name="IdleLifetime">How long the successor lives unused.</param>
/// <param name="Grace">How long a rotated token gives its unused successor once more
/// (<see cref="GrantOptions.RefreshGrace"/>).</param>
/// <param name="Request">From where, for the audit log.</param>
/// <param name="Keeps">Whether the token is not rotated: it stays good, and lives on as long as a successor would (FAPI
/// 2.0 security profile 5.3.2.1).</param>
/// <param name="ReuseEndsSession">Whether a token that comes back after its successor was used ends the browser's
/// session too, and not the family alone.</param>
/// <param name="BindsFamily">Whether a family that is bound to no key is bound to this one from now on, as a public
/// client's is (RFC 9449 section 5).</param>
public sealed record RefreshRotation(
    string RefreshToken,
    string ClientId,
    IReadOnlyList<string>? RequestedScopes,
    string? Confirmation,
    TimeSpan IdleLifetime,
    TimeSpan Grace,
    RequestContext? Request = null,
    bool Keeps = false,
    bool BindsFamily = false,
    bool ReuseEndsSession = false
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"RefreshRotation {ClientId}";
}

/// <summary>A grant that began without a code: the device grant (RFC 8628), CIBA. Its family hangs on a session of its
/// own, which tokens name as <c>sid</c>.</summary>
/// <param name="Confirmation">As in <see cref="RefreshRotation"/>; the family is bound to it.</param>
/// <param name="IdleLifetime">How long the refresh token lives unused; null when the client gets none.</param>
/// <param name="AbsoluteLifetime">How long the session of its own, and so the family, lives at most.</param>
public sealed record FirstRefresh(
    Guid UserId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details,
    string? Confirmation,
    TimeSpan? IdleLifetime,
    TimeSpan AbsoluteLifetime,
    RequestContext? Request = null
);

/// <summary>What introspection says of a refresh token (RFC 7662).</summary>
/// <param name="SessionId">As in <see cref="TokenGrant.SessionId"/>.</param>
/// <param name="IsActive">Whether it would be taken now.</param>
public sealed record RefreshTokenState(
    string ClientId,
    Guid UserId,
    Guid SessionId,
    Guid FamilyId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    bool IsActive
);

/// <summary>One generation of a family, for its picture. No hash, no payload.</summary>
public sealed record RefreshGeneration(
    int Generation,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UsedAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>Refresh tokens: rotated by one statement, at most one live leaf a family on any number of instances (OA-10,
/// OA-11, OA-12).</summary>
public sealed class RefreshTokenStore(
    Database database,
    MasterKey master,
    AuditLog audit,
    IOptions<SessionOptions> sessions,
    IOptions<GrantOptions> options
)
{
    private readonly SuccessorProtector _protector = new(master);

    /// <summary>
    /// Claims the presented token and makes its successor, by one statement. Where that finds nothing to claim, a
    /// second one decides (OA-10).
    /// A token whose successor nobody has used gives the same successor again while the grace lasts, and ends the family
    /// without an alarm after it. A token whose successor was used has a copy: that is theft.
    /// </summary>
    public async Task<GrantRedemption> RotateAsync(RefreshRotation rotation, CancellationToken cancellationToken)
    {
        if (!OpaqueToken.TryParse(rotation.RefreshToken, out var presented))
            return new GrantRedemption.Refused(GrantRefusal.Unknown);
        if (rotation.Keeps)
            return await UseAsync(presented, rotation, cancellationToken)
                ?? await JudgeAsync(presented, rotation, cancellationToken);

        var successor = OpaqueToken.Create();
        var (ip, userAgent) = GrantAudit.Origin(rotation.Request);
        var granted = await database.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            RefreshStatements.Rotate,
            row => new(Narrowed(GrantRow.Read(row).Grant, rotation), successor.Value),
            cancellationToken,
            ("hash", presented.Digest),
            ("client", rotation.ClientId),
            ("scopes", Scopes(rotation.RequestedScopes)),
            ("confirmation", new Json(rotation.Confirmation)),
            ("binds", rotation.BindsFamily),
            ("idle", rotation.IdleLifetime),
            ("token", Guid.CreateVersion7()),
            ("token_hash", successor.Digest),
            ("successor", _protector.Protect(presented, successor)),
            ("session_idle", sessions.Value.IdleTimeout),
            ("audit", options.Value.AuditRefreshes),
            ("ip", ip),
            ("user_agent", userAgent)
        );
        return granted ?? await JudgeAsync(presented, rotation, cancellationToken);
    }

    /// <summary>Begins the family of a grant that has no code, with a session of its own. One statement. Refused when
    /// the account is disabled or deleted.</summary>
    public Task<GrantRedemption> IssueFirstAsync(FirstRefresh first, CancellationToken cancellationToken) =>
        IssueFirstAsync(database, first, cancellationToken);

    /// <summary>The same in the transaction of the request that it answers.</summary>
    public async Task<GrantRedemption> IssueFirstAsync(
        SqlSession session,
        FirstRefresh first,
        CancellationToken cancellationToken
    )
    {
        var (ip, userAgent) = GrantAudit.Origin(first.Request);
        var token = OpaqueToken.Create();
        var offline = first.IdleLifetime is not null && first.Scopes.Contains("offline_access");
        var granted = await session.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            RefreshStatements.IssueFirst,
            row => new(GrantRow.Read(row).Grant, offline ? token.Value : null),
            cancellationToken,
            ("user", first.UserId),
            ("client", first.ClientId),
            ("scopes", first.Scopes.ToArray()),
            ("details", new Json(first.Details.ToJson())),
            ("confirmation", new Json(first.Confirmation)),
            ("session", Guid.CreateVersion7()),
            ("session_hash", OpaqueToken.Create().Digest),
            ("auth_time", DateTimeOffset.FromUnixTimeSeconds(first.Details.AuthTime)),
            ("amr", first.Details.Amr.ToArray()),
            ("acr", SqlNull.Text(first.Details.Acr)),
            ("absolute", first.AbsoluteLifetime),
            ("family", Guid.CreateVersion7()),
            ("offline", offline),
            ("token", Guid.CreateVersion7()),
            ("token_hash", token.Digest),
            ("idle", first.IdleLifetime ?? TimeSpan.Zero),
            ("ip", ip),
            ("user_agent", userAgent)
        );
        return granted is null ? new GrantRedemption.Refused(GrantRefusal.SessionOver) : granted;
    }

    /// <summary>What is known of a token; null when it is none of ours. One command.</summary>
    public async Task<RefreshTokenState?> InspectAsync(string token, CancellationToken cancellationToken) =>
        OpaqueToken.TryParse(token, out var presented)
            ? await database.QuerySingleOrDefaultAsync<RefreshTokenState?>(
                RefreshStatements.Inspect,
                static row =>
                {
                    var details = GrantDetails.FromJson(row.GetString(5));
                    return new(
                        row.GetString(0),
                        row.GetGuid(1),
                        details.Sid ?? row.GetGuid(2),
                        row.GetGuid(3),
                        row.GetFieldValue<string[]>(4),
                        details,
                        row.GetFieldValue<DateTimeOffset>(6),
                        row.GetFieldValue<DateTimeOffset>(7),
                        row.GetBoolean(8)
                    );
                },
                cancellationToken,
                ("hash", presented.Digest)
            )
            : null;

    /// <summary>
    /// Ends the family of a token at the wish of its client (RFC 7009), by one command. A session that only this family
    /// has ends with it.
    /// </summary>
    public async Task<RefreshRevocation> RevokeAsync(
        string token,
        string clientId,
        RequestContext? request,
        CancellationToken cancellationToken
    )
    {
        if (!OpaqueToken.TryParse(token, out var presented))
            return RefreshRevocation.Unknown;
        var (ip, userAgent) = GrantAudit.Origin(request);
        return await database.QuerySingleOrDefaultAsync(
            RefreshStatements.Revoke,
            static row => row.GetBoolean(0) ? RefreshRevocation.Revoked : RefreshRevocation.OfAnotherClient,
            cancellationToken,
            ("hash", presented.Digest),
            ("client", clientId),
            ("ip", ip),
            ("user_agent", userAgent)
        );
    }

    /// <summary>The newest generations of some families, oldest first, by one command: for the pictures of a page,
    /// however long the families are.</summary>
    /// <param name="most">Of each family.</param>
    public async Task<ILookup<Guid, RefreshGeneration>> FamiliesAsync(
        IReadOnlyCollection<Guid> familyIds,
        int most,
        CancellationToken cancellationToken
    ) =>
        (
            await database.QueryAsync(
                """
                SELECT f.id, t.generation, t.created_at, t.used_at, t.revoked_at, t.expires_at
                FROM unnest(@families) AS f (id) CROSS JOIN LATERAL (
                    SELECT generation, created_at, used_at, revoked_at, expires_at FROM public.refresh_tokens WHERE family_id = f.id ORDER BY generation DESC LIMIT @most) t
                ORDER BY f.id, t.generation
                """,
                static row =>
                    (
                        Family: row.GetGuid(0),
                        Generation: new RefreshGeneration(
                            row.GetInt32(1),
                            row.GetFieldValue<DateTimeOffset>(2),
                            Time(row, 3),
                            Time(row, 4),
                            row.GetFieldValue<DateTimeOffset>(5)
                        )
                    ),
                cancellationToken,
                ("families", familyIds.ToArray()),
                ("most", most)
            )
        ).ToLookup(static row => row.Family, static row => row.Generation);

    private async Task<GrantRedemption?> UseAsync(
        OpaqueToken presented,
        RefreshRotation rotation,
        CancellationToken cancellationToken
    )
    {
        var (ip, userAgent) = GrantAudit.Origin(rotation.Request);
        return await database.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            RefreshStatements.Use,
            row => new(Narrowed(GrantRow.Read(row).Grant, rotation), presented.Value),
            cancellationToken,
            ("hash", presented.Digest),
            ("client", rotation.ClientId),
            ("scopes", Scopes(rotation.RequestedScopes)),
            ("confirmation", new Json(rotation.Confirmation)),
            ("idle", rotation.IdleLifetime),
            ("session_idle", sessions.Value.IdleTimeout),
            ("audit", options.Value.AuditRefreshes),
            ("ip", ip),
            ("user_agent", userAgent)
        );
    }

    private async Task<GrantRedemption> JudgeAsync(
        OpaqueToken presented,
        RefreshRotation rotation,
        CancellationToken cancellationToken
    )
    {
        var token = await database.QuerySingleOrDefaultAsync<PresentedToken?>(
            RefreshStatements.Judge,
            PresentedToken.Read,
            cancellationToken,
            ("hash", presented.Digest),
            ("client", rotation.ClientId),
            ("scopes", Scopes(rotation.RequestedScopes)),
            ("confirmation", new Json(rotation.Confirmation)),
            ("grace", rotation.Grace)
        );
        switch (token)
        {
            case null:
                return Refused(GrantRefusal.Unknown);
            case { OfClient: false }:
                return Refused(GrantRefusal.WrongClient);
            case { Used: true, SuccessorUnused: false, FamilyEnded: false }:
                await EndFamilyAsync(token, FamilyEnd.Theft(token, rotation), rotation.Request, cancellationToken);
                return Refused(GrantRefusal.Reused);
            case { Used: true, SuccessorUnused: false }:
                return Refused(GrantRefusal.Reused);
            case { FamilyEnded: true }:
                return Refused(GrantRefusal.Revoked);
            case { Expired: true }:
                return Refused(GrantRefusal.Expired);
            case { SessionLive: false }:
                return Refused(GrantRefusal.SessionOver);
            case { Proved: false }:
                return Refused(GrantRefusal.WrongProof);
            case { Used: true, WithinGrace: false }:
                await EndFamilyAsync(token, FamilyEnd.Unclaimed(token), rotation.Request, cancellationToken);
                return Refused(GrantRefusal.Reused);
            case { ScopesGranted: false }:
                return Refused(GrantRefusal.ScopeExceeded);
        }
        // A successor that does not open was sealed under a master key that is gone: nobody's fault, so nothing ends,
        // but there is nothing to hand out.
        return
            token.Used
            && token.Successor is { } ciphertext
            && _protector.Unprotect(presented, ciphertext) is { } successor
            ? new GrantRedemption.Granted(Narrowed(token.Grant, rotation), successor)
            : Refused(GrantRefusal.Unknown);
    }

    // What was judged stays so: nothing that happens meanwhile makes the token good again, so no lock is needed before.
    private Task EndFamilyAsync(
        PresentedToken token,
        FamilyEnd end,
        RequestContext? request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var (ip, userAgent) = GrantAudit.Origin(request);
                var sessionsEnded = end.EndsSession
                    ? await transaction.QuerySingleOrDefaultAsync(
                        "SELECT idp.end_sessions(ARRAY[@session], @reason, @ip, @user_agent)",
                        static row => row.GetInt32(0),
                        cancel,
                        ("session", token.FamilySession),
                        ("reason", end.Reason),
                        ("ip", ip),
                        ("user_agent", userAgent)
                    )
                    : 0;
                var familiesEnded = await transaction.ExecuteAsync(
                    FamilyStatements.EndOne,
                    cancel,
                    ("family", token.Grant.FamilyId),
                    ("reason", end.Reason)
                );
                await transaction.ExecuteAsync(FamilyStatements.EndTokens, cancel, ("family", token.Grant.FamilyId));
                if (sessionsEnded + familiesEnded == 0)
                    return;
                await audit.AppendAsync(
                    transaction,
                    GrantAudit.Event(
                        end.EventType,
                        AuditStatus.Blocked,
                        token.Grant.Subject.Id,
                        request,
                        ("client_id", token.Grant.ClientId),
                        ("family_id", token.Grant.FamilyId),
                        ("session_id", token.FamilySession),
                        ("reason", end.Reason),
                        ("session_ended", end.EndsSession)
                    ),
                    cancel
                );
            },
            cancellationToken
        );

    private static TokenGrant Narrowed(TokenGrant grant, RefreshRotation rotation) =>
        rotation.RequestedScopes is { } asked ? grant with { Scopes = [.. grant.Scopes.Where(asked.Contains)] } : grant;

    private static object Scopes(IReadOnlyList<string>? scopes) =>
        scopes?.ToArray() ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text);

    private static GrantRedemption.Refused Refused(GrantRefusal reason) => new(reason);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    /// <summary>A token that could not be claimed.</summary>
    private sealed record PresentedToken(
        TokenGrant Grant,
        Guid FamilySession,
        bool OfClient,
        bool Used,
        bool SuccessorUnused,
        bool WithinGrace,
        bool FamilyEnded,
        bool Expired,
        bool SessionLive,
        bool Proved,
        bool ScopesGranted,
        bool OwnsSession,
        byte[]? Successor
    )
    {
        public static PresentedToken Read(NpgsqlDataReader row)
        {
            var (grant, next) = GrantRow.Read(row);
            return new(
                grant,
                row.GetGuid(next),
                row.GetBoolean(next + 1),
                row.GetBoolean(next + 2),
                row.GetBoolean(next + 3),
                row.GetBoolean(next + 4),
                row.GetBoolean(next + 5),
                row.GetBoolean(next + 6),
                row.GetBoolean(next + 7),
                row.GetBoolean(next + 8),
                row.GetBoolean(next + 9),
                row.GetBoolean(next + 10),
                row.IsDBNull(next + 11) ? null : row.GetFieldValue<byte[]>(next + 11)
            );
        }
    }

    /// <summary>What ends with a family, and what is told of it. A session that only this family has ends in any
    /// case.</summary>
    private sealed record FamilyEnd(string Reason, bool EndsSession, string EventType)
    {
        public static FamilyEnd Theft(PresentedToken token, RefreshRotation rotation) =>
            new("token_theft", token.OwnsSession || rotation.ReuseEndsSession, AuditEventTypes.TokenReuse);

        // Nobody has used the successor, so nothing speaks of theft; but nobody can say who has it either, and who
        // asks has to sign in again anyway.
        public static FamilyEnd Unclaimed(PresentedToken token) =>
            new("successor_unclaimed", token.OwnsSession, AuditEventTypes.TokenRevoked);
    }
}
