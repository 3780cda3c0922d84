using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Sessions;

/// <summary>The outcome of starting a session.</summary>
public abstract record SessionStart
{
    private SessionStart() { }

    /// <summary>The session exists. The token is available only here; its digest is stored (SE-1).</summary>
    public sealed record Started(OpaqueToken Token, ActiveSession Session) : SessionStart;

    /// <summary>The person has reached the limit of sessions, and the policy is to refuse (SE-9).</summary>
    public sealed record LimitReached : SessionStart;

    /// <summary>The account may no longer act, or the credential was changed or revoked since it was verified
    /// (SE-7).</summary>
    public sealed record AccountUnavailable : SessionStart;
}

/// <summary>Applies an authentication to sessions: starts one, renews one, or records a step-up. All times are the
/// database's.</summary>
public sealed class SessionStarter(
    Database database,
    SessionStore sessions,
    AuditLog audit,
    IOptions<SessionOptions> options,
    SecurityNotices? notices = null
)
{
    /// <summary> Starts a session with a new token and records the sign-in on the account and in the audit log. The
    /// account's row is locked first, so that parallel sign-ins of one person wait for each other and the limit holds
    /// (SE-9).
    /// </summary>
    public async Task<SessionStart> StartAsync(NewSession request, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        return await database.InTransactionAsync<SessionStart>(
            async (transaction, cancel) =>
            {
                if (await NoteLoginAsync(transaction, request, cancel) == 0)
                    return new SessionStart.AccountUnavailable();

                var begun = await BeginAsync(transaction, request, token.Digest, cancel);
                if (begun is null)
                {
                    if (!await MakeRoomAsync(transaction, request, cancel))
                        return new SessionStart.LimitReached();
                    begun = await BeginAsync(transaction, request, token.Digest, cancel);
                }
                var (session, isNewDevice) = begun!.Value;
                await TellOwnerAsync(transaction, request, isNewDevice, cancel);
                return new SessionStart.Started(token, session);
            },
            cancellationToken
        );
    }

    /// <summary>Records a step-up (SE-10) and gives the session a new token (SE-2). Null if the session has ended or is
    /// another person's, or the proof is no longer valid.</summary>
    /// <param name="proof">The credential that was just verified, not the session.</param>
    /// <param name="amr">The methods used just now; they are added to those of the session.</param>
    /// <param name="acr">The context reached, or null to keep the session's.</param>
    public Task<OpaqueToken?> MarkStepUpAsync(
        Guid id,
        CredentialProof proof,
        string[] amr,
        string? acr,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return null;
                var userId = await transaction.QuerySingleOrDefaultAsync<Guid?>(
                    """
                    UPDATE public.sessions SET step_up_at = now(), acr = coalesce(@acr, acr),
                        amr = ARRAY (SELECT DISTINCT method FROM unnest(amr || @amr::text[]) method ORDER BY method)
                    WHERE id = @id AND user_id = @user AND is_active AND expires_at > now()
                        AND last_activity_at > now() - @idle
                    RETURNING user_id
                    """,
                    static row => row.GetGuid(0),
                    cancel,
                    ("id", id),
                    ("user", proof.UserId),
                    ("amr", amr),
                    ("acr", SqlNull.Text(acr)),
                    ("idle", options.Value.IdleTimeout)
                );
                if (userId is null)
                    return null;
                await audit.AppendAsync(
                    transaction,
                    Event(
                        AuditEventTypes.StepUp,
                        AuditStatus.Success,
                        userId,
                        request,
                        ("session_id", id),
                        ("amr", amr)
                    ),
                    cancel
                );
                return await sessions.RotateAsync(transaction, id, cancel);
            },
            cancellationToken
        );

    /// <summary> The person of this session signed in again: it continues as if it had begun now, with a new token
    /// (SE-2), and its clients keep their tokens. Null if it has ended or is another person's, its account may not act,
    /// or the proof is no longer valid.
    /// </summary>
    public Task<OpaqueToken?> RenewAsync(Guid id, NewSession proof, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (await NoteLoginAsync(transaction, proof, cancel) == 0)
                    return null;
                var renewed = await transaction.ExecuteAsync(
                    """
                    UPDATE public.sessions SET auth_time = now(), last_activity_at = now(),
                        expires_at = now() + @lifetime, amr = @amr, acr = @acr, ip_address = @ip,
                        user_agent = @user_agent
                    WHERE id = @id AND user_id = @user_id AND client_id IS NULL AND is_active AND expires_at > now()
                        AND last_activity_at > now() - @idle
                    """,
                    cancel,
                    ("id", id),
                    ("user_id", proof.UserId),
                    ("amr", proof.Amr),
                    ("acr", SqlNull.Text(proof.Acr)),
                    ("lifetime", options.Value.AbsoluteLifetime),
                    ("ip", SqlNull.Inet(proof.Request.IpAddress)),
                    ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(proof.Request.UserAgent))),
                    ("idle", options.Value.IdleTimeout)
                );
                if (renewed == 0)
                    return null;
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.Login,
                        AuditStatus.Success,
                        proof.UserId,
                        proof.Request.IpAddress,
                        proof.Request.UserAgent,
                        new Dictionary<string, object?>(proof.Details(id)) { ["again"] = true }
                    ),
                    cancel
                );
                await TellOwnerAsync(transaction, proof, isNewDevice: false, cancel);
                return await sessions.RotateAsync(transaction, id, cancel);
            },
            cancellationToken
        );

    private static Task<int> NoteLoginAsync(
        DatabaseTransaction transaction,
        NewSession request,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            $"""
            UPDATE public.users u SET last_login_at = now(), last_login_ip = @ip
            WHERE u.id = @id AND u.credential_version = @version AND {AccountState.MayAct}
            """,
            cancellationToken,
            ("id", request.UserId),
            ("version", request.Credential.Version),
            ("ip", SqlNull.Inet(request.Request.IpAddress))
        );

    // Null if the person has reached the limit of sessions. The account's row is locked, so the next sign-in of this
    // person waits and counts this session.
    private async Task<(ActiveSession Session, bool IsNewDevice)?> BeginAsync(
        DatabaseTransaction transaction,
        NewSession request,
        Sha256Digest tokenHash,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7();
        return await transaction.QuerySingleOrDefaultAsync<(ActiveSession, bool)?>(
            SessionStatements.Begin,
            static row => (SessionRows.Map(row), row.GetBoolean(SessionRows.Count)),
            cancellationToken,
            ("id", id),
            ("user_id", request.UserId),
            ("hash", tokenHash),
            ("ip", SqlNull.Inet(request.Request.IpAddress)),
            ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(request.Request.UserAgent))),
            ("device", SqlNull.Text(SessionRows.Fingerprint(request.Request.DeviceId))),
            ("client_id", SqlNull.Text(request.ClientId)),
            ("lifetime", options.Value.AbsoluteLifetime),
            ("amr", request.Amr),
            ("acr", SqlNull.Text(request.Acr)),
            ("most", options.Value.MaxPerUser),
            ("idle", options.Value.IdleTimeout),
            ("retention", options.Value.Retention),
            ("warns", notices is not null && request.ClientId is null),
            ("details", new Json(AuditDetails.Write(request.Details(id))))
        );
    }

    // One mail per sign-in: the unusual signals say more than the new device alone.
    private async Task TellOwnerAsync(
        DatabaseTransaction transaction,
        NewSession request,
        bool isNewDevice,
        CancellationToken cancellationToken
    )
    {
        if (notices is null)
            return;
        if (request.Signs is { TellsOwner: true } signs)
            await notices.QueueAsync(
                transaction,
                request.UserId,
                MailKind.UnusualSignIn,
                signs.Names,
                request.Request,
                cancellationToken
            );
        else if (isNewDevice)
            await notices.QueueAsync(
                transaction,
                request.UserId,
                MailKind.NewDevice,
                request.Request,
                cancellationToken
            );
    }

    // Ends the oldest sessions, or records that the sign-in is refused because of the limit and returns false.
    private async Task<bool> MakeRoomAsync(
        DatabaseTransaction transaction,
        NewSession request,
        CancellationToken cancellationToken
    )
    {
        if (options.Value.LimitPolicy == SessionLimitPolicy.Refuse)
        {
            await audit.AppendAsync(
                transaction,
                Event(
                    AuditEventTypes.SessionStarted,
                    AuditStatus.Blocked,
                    request.UserId,
                    request.Request,
                    ("reason", "limit")
                ),
                cancellationToken
            );
            return false;
        }
        var live = await transaction.QueryAsync(
            SessionStatements.LiveOfPerson,
            static row => row.GetGuid(0),
            cancellationToken,
            ("user_id", request.UserId),
            ("idle", options.Value.IdleTimeout)
        );
        Guid[] evicted = [.. live.Take(live.Count - options.Value.MaxPerUser + 1)];
        await SessionStore.EndManyAsync(transaction, evicted, EndReason.Evicted, request.Request, cancellationToken);
        return true;
    }

    private static AuditEvent Event(
        string type,
        AuditStatus status,
        Guid? userId,
        RequestContext request,
        params (string Name, object? Value)[] details
    ) =>
        new(
            type,
            status,
            userId,
            request.IpAddress,
            request.UserAgent,
            details.ToDictionary(detail => detail.Name, detail => detail.Value)
        );
}
