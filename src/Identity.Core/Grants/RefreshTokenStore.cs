using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

/// <summary>Refresh tokens: rotated in one statement, with at most one live token per family on any number of instances
/// (OA-10, OA-11, OA-12).</summary>
public sealed class RefreshTokenStore(
    Database database,
    MasterKey master,
    AuditLog audit,
    IOptions<SessionOptions> sessions,
    IOptions<GrantOptions> options
)
{
    private readonly SuccessorProtector _protector = new(master);
    private readonly RefreshRotator _rotator = new(database, sessions.Value, options.Value);

    /// <summary> Claims the presented token and creates its successor in one statement, which requests of the same
    /// moment share. If that finds nothing to claim, a second statement decides (OA-10). A token whose successor is
    /// unused returns the same successor again during the grace, and ends the family without an alarm after it. A token
    /// whose successor was used has been copied: that is theft.
    /// </summary>
    public async Task<GrantRedemption> RotateAsync(RefreshRotation rotation, CancellationToken cancellationToken)
    {
        if (!OpaqueToken.TryParse(rotation.RefreshToken, out var presented))
            return new GrantRedemption.Refused(GrantRefusal.Unknown);
        if (rotation.Keeps)
            return await UseAsync(presented, rotation, cancellationToken)
                ?? await JudgeAsync(presented, rotation, cancellationToken);

        var successor = OpaqueToken.Create();
        RotationRequest request = new(rotation, presented, successor, _protector.Protect(presented, successor));
        return await _rotator.RotateAsync(request, cancellationToken)
            ?? await JudgeAsync(presented, rotation, cancellationToken);
    }

    /// <summary>Creates the family of a grant without a code, with a session of its own. One statement. Refused if the
    /// account is disabled or deleted.</summary>
    public Task<GrantRedemption> IssueFirstAsync(FirstRefresh first, CancellationToken cancellationToken) =>
        IssueFirstAsync(database, first, cancellationToken);

    /// <summary>The same, in the transaction of the request.</summary>
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

    /// <summary>The state of a token; null if it is unknown. One command.</summary>
    public async Task<RefreshTokenState?> InspectAsync(string token, CancellationToken cancellationToken) =>
        OpaqueToken.TryParse(token, out var presented)
            ? await database.QuerySingleOrDefaultAsync<RefreshTokenState?>(
                RefreshStatements.Inspect,
                RefreshTokenState.Read,
                cancellationToken,
                ("hash", presented.Digest)
            )
            : null;

    /// <summary> Revokes the family of a token for its client (RFC 7009) in one command. A session of the family's own
    /// ends with it.
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

    private async Task<GrantRedemption?> UseAsync(
        OpaqueToken presented,
        RefreshRotation rotation,
        CancellationToken cancellationToken
    )
    {
        var (ip, userAgent) = GrantAudit.Origin(rotation.Request);
        return await database.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            RotationStatements.Use,
            row => new(rotation.Narrow(GrantRow.Read(row).Grant), presented.Value),
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
        var token = await database.QuerySingleOrDefaultAsync<PresentedRefreshToken?>(
            RefreshStatements.Judge,
            PresentedRefreshToken.Read,
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
                await EndFamilyAsync(
                    token,
                    RefreshFamilyEnd.Theft(token, rotation),
                    rotation.Request,
                    cancellationToken
                );
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
                await EndFamilyAsync(token, RefreshFamilyEnd.Unclaimed(token), rotation.Request, cancellationToken);
                return Refused(GrantRefusal.Reused);
            case { ScopesGranted: false }:
                return Refused(GrantRefusal.ScopeExceeded);
        }
        // A successor that cannot be decrypted was encrypted under a master key that is gone. That is no sign of theft,
        // so nothing ends, but there is nothing to return.
        return
            token.Used
            && token.Successor is { } ciphertext
            && _protector.Unprotect(presented, ciphertext) is { } successor
            ? new GrantRedemption.Granted(rotation.Narrow(token.Grant), successor)
            : Refused(GrantRefusal.Unknown);
    }

    // The verdict is final: nothing can make the token valid again, so no lock is needed before.
    private Task EndFamilyAsync(
        PresentedRefreshToken token,
        RefreshFamilyEnd end,
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

    private static object Scopes(IReadOnlyList<string>? scopes) =>
        scopes?.ToArray() ?? (object)new SqlNull(NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text);

    private static GrantRedemption.Refused Refused(GrantRefusal reason) => new(reason);
}
