using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.Sessions;

// Sessions owns who is signed in: starting, checking, listing and ending sessions and their limits. It authenticates
// nobody (Users, TwoFactor) and knows no cookie (Browser). Every end goes through the SQL function idp.end_sessions,
// which ends tokens and codes and queues the logout messages in the same transaction.

/// <summary>Sessions in the database: checking, listing and ending them, and giving them new tokens. All times are the
/// database's. <see cref="SessionStarter"/> starts them.</summary>
public sealed class SessionStore(Database database, IOptions<SessionOptions> options)
{
    private readonly SessionCache? _cache;

    /// <summary>The store of an instance that caches sessions.</summary>
    internal SessionStore(Database database, IOptions<SessionOptions> options, SessionCache cache)
        : this(database, options) => _cache = cache;

    internal const string ValidateSql = $"""
        WITH touched AS (
            UPDATE public.sessions s SET last_activity_at = now() FROM public.users u
            WHERE s.token_hash = @hash AND u.id = s.user_id AND {SessionRows.Live}
                AND s.last_activity_at <= now() - interval '1 minute')
        SELECT {SessionRows.Columns} FROM public.sessions s JOIN public.users u ON u.id = s.user_id
            WHERE s.token_hash = @hash AND {SessionRows.Live}
        """;

    internal const string ListSql = $"""
        SELECT {SessionRows.Columns} FROM public.sessions s JOIN public.users u ON u.id = s.user_id
        WHERE s.user_id = @user_id AND s.client_id IS NULL AND {SessionRows.Live} ORDER BY s.last_activity_at DESC, s.id
        """;

    internal const string HeldSql = $"""
        SELECT {SessionRows.Columns}, s.token_hash = held.hash FROM unnest(@ids, @hashes) AS held (id, hash)
            JOIN public.sessions s ON s.id = held.id JOIN public.users u ON u.id = s.user_id
        WHERE s.client_id IS NULL AND {SessionRows.Live} ORDER BY s.last_activity_at DESC, s.created_at DESC, s.id
        """;

    /// <summary> The session of a token, or null if it is unknown, ended, idle too long or too old, or its account is
    /// disabled or deleted (SE-5, SE-7). One statement, or none where sessions are cached.
    /// It records the activity at most once a minute.
    /// </summary>
    public async Task<ActiveSession?> ValidateAsync(Sha256Digest tokenHash, CancellationToken cancellationToken)
    {
        if (_cache is not null && await _cache.FindAsync(tokenHash, cancellationToken) is { } known)
            return known;
        var session = await database.QuerySingleOrDefaultAsync<ActiveSession?>(
            ValidateSql,
            SessionRows.Map,
            cancellationToken,
            ("hash", tokenHash),
            ("idle", options.Value.IdleTimeout)
        );
        if (_cache is not null && session is not null)
            await _cache.KeepAsync(tokenHash, session, cancellationToken);
        return session;
    }

    /// <summary>The browsers in which a person is signed in, most recently used first (SE-8). Sessions of clients for
    /// offline access are not sign-ins (docs/decisions/0007).</summary>
    public Task<List<ActiveSession>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            ListSql,
            SessionRows.Map,
            cancellationToken,
            ("user_id", userId),
            ("idle", options.Value.IdleTimeout)
        );

    /// <summary>Those of a browser's sessions that are live, most recently used first. One statement, which records no
    /// activity.</summary>
    public Task<List<HeldSession>> ListHeldAsync(
        IReadOnlyCollection<(Guid Id, Sha256Digest TokenHash)> held,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            HeldSql,
            static row => new HeldSession(SessionRows.Map(row), row.GetBoolean(SessionRows.Count)),
            cancellationToken,
            ("ids", held.Select(static session => session.Id).ToArray()),
            ("hashes", held.Select(static session => session.TokenHash.Value).ToArray()),
            ("idle", options.Value.IdleTimeout)
        );

    /// <summary>Ends one session with its tokens. False if it had already ended.</summary>
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

    /// <summary>Ends several sessions together. Returns how many had not ended.</summary>
    public Task<int> EndAsync(
        IReadOnlyCollection<Guid> ids,
        EndReason reason,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            (transaction, cancel) => EndManyAsync(transaction, [.. ids], reason, request, cancel),
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

    /// <summary>Ends a session only if it belongs to this person: for the account page, where the id comes from a
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
                await IsOfAsync(transaction, userId, id, cancel)
                && await EndManyAsync(transaction, [id], reason, request, cancel) > 0,
            cancellationToken
        );

    /// <summary>Whether a session is one of this person's, live or ended.</summary>
    internal static Task<bool> IsOfAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync(
            "SELECT EXISTS (SELECT FROM public.sessions WHERE id = @id AND user_id = @user_id)",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", id),
            ("user_id", userId)
        );

    /// <summary>Ends all sessions of a person, except one if it is named. Returns the number of sessions.</summary>
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
                // A pending sign-in ends too.
                await CredentialVersions.RaiseAsync(transaction, userId, cancel);
                return await EndAllAsync(transaction, userId, exceptId, reason, request, cancel);
            },
            cancellationToken
        );

    /// <summary>As above, in a transaction that has locked the account's row; otherwise a pending sign-in could
    /// escape.</summary>
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
            "SELECT id FROM public.sessions WHERE user_id = @user_id AND is_active AND id IS DISTINCT FROM @except "
                + "ORDER BY id",
            static row => row.GetGuid(0),
            cancellationToken,
            ("user_id", userId),
            ("except", SqlNull.Uuid(exceptId))
        );
        return await EndManyAsync(transaction, [.. ids], reason, request, cancellationToken);
    }

    /// <summary>A new token for a live session; the old one stops working (SE-2). Null if the session has
    /// ended.</summary>
    public Task<OpaqueToken?> RotateAsync(Guid id, CancellationToken cancellationToken) =>
        RotateAsync(database, id, cancellationToken);

    /// <inheritdoc cref="RotateAsync(Guid, CancellationToken)" />
    public Task<OpaqueToken?> RotateAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) => RotateAsync((SqlSession)transaction, id, cancellationToken);

    private async Task<OpaqueToken?> RotateAsync(SqlSession session, Guid id, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        var rotated = await session.ExecuteAsync(
            "UPDATE public.sessions SET token_hash = @hash WHERE id = @id AND is_active AND expires_at > now() "
                + "AND last_activity_at > now() - @idle",
            cancellationToken,
            ("hash", token.Digest),
            ("id", id),
            ("idle", options.Value.IdleTimeout)
        );
        return rotated == 1 ? token : null;
    }

    internal static async Task<int> EndManyAsync(
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
}
