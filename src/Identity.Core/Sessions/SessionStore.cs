using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Sessions;

// Sessions owns who is signed in: starting, checking, listing and ending sessions and their limits. It does not prove
// anyone (Users, TwoFactor) and knows no
// cookie (Hosting). Every end goes through SQL idp.end_sessions, which ends tokens and codes and queues the logout news
// in the same transaction.

/// <summary>What became of a sign-in that asked for a session.</summary>
public abstract record SessionStart
{
    private SessionStart() { }

    /// <summary>The session stands. The token is shown here once; only its digest is stored (SE-1).</summary>
    public sealed record Started(OpaqueToken Token, ActiveSession Session) : SessionStart;

    /// <summary>The person has as many sessions as allowed, and the policy is to refuse (SE-9).</summary>
    public sealed record LimitReached : SessionStart;

    /// <summary>The account was disabled or deleted since it proved itself (SE-7).</summary>
    public sealed record AccountUnavailable : SessionStart;
}

/// <summary>Sessions in the database. All times are the database's.</summary>
public sealed class SessionStore(
    Database database,
    AuditLog audit,
    IOptions<SessionOptions> options,
    SecurityNotices? notices = null
)
{
    private const string Columns = """
        s.id, s.user_id, u.email, u.email_verified, u.name, s.auth_time, s.amr, s.acr, s.step_up_at, s.created_at, s.last_activity_at,
        least(s.expires_at, s.last_activity_at + @idle), u.two_factor_enabled, s.client_id, s.ip_address, s.user_agent
        """;

    private const string Live = """
        s.is_active AND s.expires_at > now() AND s.last_activity_at > now() - @idle AND u.deleted_at IS NULL AND NOT u.is_disabled
        """;

    /// <summary>
    /// Starts a session with a new token, notes the sign-in on the account and in the audit log. The account's row is
    /// locked first, so parallel sign-ins
    /// of one person wait for each other and the limit holds (SE-9).
    /// </summary>
    public async Task<SessionStart> StartAsync(NewSession request, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        return await database.InTransactionAsync<SessionStart>(
            async (transaction, cancel) =>
            {
                var settings = options.Value;
                if (await NoteLoginAsync(transaction, request, cancel) == 0)
                    return new SessionStart.AccountUnavailable();

                // Sessions that a client has for offline access (docs/decisions/0007) are no sign-ins: they neither
                // count nor give way.
                var live = await transaction.QueryAsync(
                    $"""
                    SELECT s.id FROM public.sessions s JOIN public.users u ON u.id = s.user_id
                    WHERE s.user_id = @user_id AND s.client_id IS NULL AND {Live} ORDER BY s.last_activity_at, s.created_at, s.id
                    """,
                    static row => row.GetGuid(0),
                    cancel,
                    ("user_id", request.UserId),
                    ("idle", settings.IdleTimeout)
                );
                if (live.Count >= settings.MostPerUser)
                {
                    if (settings.LimitPolicy == SessionLimitPolicy.Refuse)
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
                            cancel
                        );
                        return new SessionStart.LimitReached();
                    }
                    Guid[] evicted = [.. live.Take(live.Count - settings.MostPerUser + 1)];
                    await EndManyAsync(transaction, evicted, EndReason.Evicted, request.Request, cancel);
                }

                var isNewDevice =
                    notices is not null
                    && request.ClientId is null
                    && await IsNewDeviceAsync(transaction, request, cancel);
                var id = await InsertAsync(transaction, token.Digest, request, cancel);
                await audit.AppendAsync(
                    transaction,
                    Event(
                        AuditEventTypes.Login,
                        AuditStatus.Success,
                        request.UserId,
                        request.Request,
                        ("session_id", id),
                        ("amr", request.Amr)
                    ),
                    cancel
                );
                var session = await transaction.QuerySingleOrDefaultAsync(
                    $"SELECT {Columns} FROM public.sessions s JOIN public.users u ON u.id = s.user_id WHERE s.id = @id",
                    Map,
                    cancel,
                    ("id", id),
                    ("idle", settings.IdleTimeout)
                );
                if (isNewDevice)
                    await notices!.QueueAsync(transaction, request.UserId, MailKind.NewDevice, request.Request, cancel);
                return new SessionStart.Started(token, session!);
            },
            cancellationToken
        );
    }

    /// <summary>
    /// The session of a token, or null when it is unknown, ended, idle too long, too old, or its account disabled or
    /// deleted (SE-5, SE-7).
    /// One statement; it notes the activity when the last note is a minute old.
    /// </summary>
    public Task<ActiveSession?> ValidateAsync(Sha256Digest tokenHash, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<ActiveSession?>(
            $"""
            WITH touched AS (
                UPDATE public.sessions s SET last_activity_at = now() FROM public.users u
                WHERE s.token_hash = @hash AND u.id = s.user_id AND {Live} AND s.last_activity_at <= now() - interval '1 minute')
            SELECT {Columns} FROM public.sessions s JOIN public.users u ON u.id = s.user_id WHERE s.token_hash = @hash AND {Live}
            """,
            Map,
            cancellationToken,
            ("hash", tokenHash),
            ("idle", options.Value.IdleTimeout)
        );

    /// <summary>The browsers that a person is signed in with, most recently used first (SE-8). Sessions that clients
    /// hold for offline access are no sign-ins (docs/decisions/0007).</summary>
    public Task<List<ActiveSession>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"""
            SELECT {Columns} FROM public.sessions s JOIN public.users u ON u.id = s.user_id
            WHERE s.user_id = @user_id AND s.client_id IS NULL AND {Live} ORDER BY s.last_activity_at DESC, s.id
            """,
            Map,
            cancellationToken,
            ("user_id", userId),
            ("idle", options.Value.IdleTimeout)
        );

    /// <summary>Ends one session with its tokens. False when it was over already.</summary>
    public Task<bool> EndAsync(
        Guid id,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            (transaction, cancel) => EndAsync(transaction, id, reason, request, cancel),
            cancellationToken
        );

    /// <inheritdoc cref="EndAsync(Guid, EndReason, RequestContext, CancellationToken)" />
    public async Task<bool> EndAsync(
        DatabaseTransaction transaction,
        Guid id,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) => await EndManyAsync(transaction, [id], reason, request, cancellationToken) > 0;

    /// <summary>Ends a session only when it belongs to this person: for the account page, where the id comes from a
    /// form.</summary>
    public Task<bool> EndOwnAsync(
        Guid userId,
        Guid id,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var own = await transaction.QueryAsync(
                    "SELECT id FROM public.sessions WHERE id = @id AND user_id = @user_id",
                    static row => row.GetGuid(0),
                    cancel,
                    ("id", id),
                    ("user_id", userId)
                );
                return await EndManyAsync(transaction, [.. own], reason, request, cancel) > 0;
            },
            cancellationToken
        );

    /// <summary>Ends all sessions of a person but one, if one is named. Returns how many.</summary>
    public Task<int> EndAllAsync(
        Guid userId,
        Guid? exceptId,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await transaction.ExecuteAsync(
                    "SELECT id FROM public.users WHERE id = @id FOR NO KEY UPDATE",
                    cancel,
                    ("id", userId)
                );
                return await EndAllAsync(transaction, userId, exceptId, reason, request, cancel);
            },
            cancellationToken
        );

    /// <summary>As above, inside a transaction that holds the account's row: otherwise a sign-in under way could slip
    /// past.</summary>
    public async Task<int> EndAllAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid? exceptId,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var ids = await transaction.QueryAsync(
            "SELECT id FROM public.sessions WHERE user_id = @user_id AND is_active AND id IS DISTINCT FROM @except ORDER BY id",
            static row => row.GetGuid(0),
            cancellationToken,
            ("user_id", userId),
            ("except", SqlNull.Uuid(exceptId))
        );
        return await EndManyAsync(transaction, [.. ids], reason, request, cancellationToken);
    }

    /// <summary>A new token for a live session; the old one is worthless from then on (SE-2). Null when the session is
    /// over.</summary>
    public Task<OpaqueToken?> RotateAsync(Guid id, CancellationToken cancellationToken) =>
        RotateAsync(database, id, cancellationToken);

    /// <inheritdoc cref="RotateAsync(Guid, CancellationToken)" />
    public Task<OpaqueToken?> RotateAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) => RotateAsync((SqlSession)transaction, id, cancellationToken);

    /// <summary>Notes that the person proved themselves anew (SE-10) and gives the session a new token (SE-2). Null
    /// when the session is over.</summary>
    /// <param name="amr">The methods used just now; they are added to those of the session.</param>
    /// <param name="acr">The context reached, or null to keep the session's.</param>
    public Task<OpaqueToken?> MarkStepUpAsync(
        Guid id,
        string[] amr,
        string? acr,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var userId = await transaction.QuerySingleOrDefaultAsync<Guid?>(
                    """
                    UPDATE public.sessions SET step_up_at = now(), acr = coalesce(@acr, acr),
                        amr = ARRAY (SELECT DISTINCT method FROM unnest(amr || @amr::text[]) method ORDER BY method)
                    WHERE id = @id AND is_active AND expires_at > now() AND last_activity_at > now() - @idle RETURNING user_id
                    """,
                    static row => row.GetGuid(0),
                    cancel,
                    ("id", id),
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
                return await RotateAsync(transaction, id, cancel);
            },
            cancellationToken
        );

    /// <summary>
    /// The person of this session signed in again: it goes on as if it had begun now, with a new token (SE-2), and what
    /// its clients were given goes on with it. Null when
    /// it is over, another person's, or its account disabled or deleted.
    /// </summary>
    public Task<OpaqueToken?> RenewAsync(Guid id, NewSession proof, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (await NoteLoginAsync(transaction, proof, cancel) == 0)
                    return null;
                var renewed = await transaction.ExecuteAsync(
                    """
                    UPDATE public.sessions SET auth_time = now(), last_activity_at = now(), expires_at = now() + @lifetime, amr = @amr, acr = @acr, ip_address = @ip, user_agent = @user_agent
                    WHERE id = @id AND user_id = @user_id AND client_id IS NULL AND is_active AND expires_at > now() AND last_activity_at > now() - @idle
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
                    Event(
                        AuditEventTypes.Login,
                        AuditStatus.Success,
                        proof.UserId,
                        proof.Request,
                        ("session_id", id),
                        ("amr", proof.Amr),
                        ("again", true)
                    ),
                    cancel
                );
                return await RotateAsync(transaction, id, cancel);
            },
            cancellationToken
        );

    private async Task<OpaqueToken?> RotateAsync(SqlSession session, Guid id, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        var rotated = await session.ExecuteAsync(
            "UPDATE public.sessions SET token_hash = @hash WHERE id = @id AND is_active AND expires_at > now() AND last_activity_at > now() - @idle",
            cancellationToken,
            ("hash", token.Digest),
            ("id", id),
            ("idle", options.Value.IdleTimeout)
        );
        return rotated == 1 ? token : null;
    }

    private static Task<int> NoteLoginAsync(
        DatabaseTransaction transaction,
        NewSession request,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            "UPDATE public.users SET last_login_at = now(), last_login_ip = @ip WHERE id = @id AND deleted_at IS NULL AND NOT is_disabled",
            cancellationToken,
            ("id", request.UserId),
            ("ip", SqlNull.Inet(request.Request.IpAddress))
        );

    /// <summary>A browser that this person never signed in with before. At the very first sign-in there is nothing to
    /// compare with, and nobody to warn.</summary>
    private static Task<bool> IsNewDeviceAsync(
        DatabaseTransaction transaction,
        NewSession request,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync(
            """
            SELECT count(*) > 0 AND NOT coalesce(bool_or(device_fingerprint = @device), false) FROM public.sessions WHERE user_id = @user_id
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("user_id", request.UserId),
            ("device", SqlNull.Text(Fingerprint(request.Request.DeviceId)))
        );

    private async Task<Guid> InsertAsync(
        DatabaseTransaction transaction,
        Sha256Digest tokenHash,
        NewSession request,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7();
        // The clock is read after the lock was waited for, so that the newest session is never taken for the oldest.
        await transaction.ExecuteAsync(
            """
            INSERT INTO public.sessions (id, user_id, token_hash, ip_address, user_agent, device_fingerprint, client_id, created_at, last_activity_at, auth_time,
                                         expires_at, amr, acr)
            SELECT @id, @user_id, @hash, @ip, @user_agent, @device, @client_id, moment, moment, moment, moment + @lifetime, @amr, @acr
            FROM (SELECT clock_timestamp() AS moment) clock
            """,
            cancellationToken,
            ("id", id),
            ("user_id", request.UserId),
            ("hash", tokenHash),
            ("ip", SqlNull.Inet(request.Request.IpAddress)),
            ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(request.Request.UserAgent))),
            ("device", SqlNull.Text(Fingerprint(request.Request.DeviceId))),
            ("client_id", SqlNull.Text(request.ClientId)),
            ("lifetime", options.Value.AbsoluteLifetime),
            ("amr", request.Amr),
            ("acr", SqlNull.Text(request.Acr))
        );
        return id;
    }

    private static async Task<int> EndManyAsync(
        DatabaseTransaction transaction,
        Guid[] ids,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        ids.Length == 0
            ? 0
            : await transaction.QuerySingleOrDefaultAsync(
                "SELECT idp.end_sessions(@ids, @reason, @ip, @user_agent)",
                static row => row.GetInt32(0),
                cancellationToken,
                ("ids", ids),
                ("reason", Text(reason)),
                ("ip", SqlNull.Inet(request.IpAddress)),
                ("user_agent", SqlNull.Text(AuditLog.CutUserAgent(request.UserAgent)))
            );

    /// <summary>The device id is a secret of the browser: only its digest is stored.</summary>
    internal static string? Fingerprint(string? deviceId) =>
        string.IsNullOrEmpty(deviceId)
            ? null
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(deviceId)));

    internal static string Text(EndReason reason) =>
        reason switch
        {
            EndReason.Logout => "logout",
            EndReason.Revoked => "revoked",
            EndReason.Expired => "expired",
            EndReason.PasswordChanged => "password_changed",
            EndReason.PasswordReset => "password_reset",
            EndReason.TokenTheft => "token_theft",
            EndReason.UserDisabled => "user_disabled",
            EndReason.UserDeleted => "user_deleted",
            EndReason.Evicted => "evicted",
            EndReason.AdminRevoked => "admin_revoked",
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

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

    private static ActiveSession Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetGuid(1),
            row.GetString(2),
            row.GetBoolean(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<string[]>(6),
            row.IsDBNull(7) ? null : row.GetString(7),
            row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            row.GetFieldValue<DateTimeOffset>(9),
            row.GetFieldValue<DateTimeOffset>(10),
            row.GetFieldValue<DateTimeOffset>(11),
            row.GetBoolean(12),
            row.IsDBNull(13) ? null : row.GetString(13),
            row.IsDBNull(14) ? null : row.GetFieldValue<IPAddress>(14),
            row.IsDBNull(15) ? null : row.GetString(15)
        );
}
