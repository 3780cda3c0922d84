using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Users;

/// <summary>
/// A lock that an operator puts on an account, and takes off. It is no throttling: it has a column of its own
/// (<c>users.operator_locked_until</c>), is part of <see cref="AccountState.MayAct"/> and so holds for every sign-in,
/// session, code and token until it is over or taken off; no proof lifts it. What was open rests meanwhile, and goes on
/// afterwards: <see cref="UserStore.DisableAsync"/> ends it.
/// </summary>
public sealed class AccountLock(Database database, PasswordAuthenticator authenticator, AuditLog audit)
{
    /// <summary>The longest lock: an account that is to stay closed is deactivated.</summary>
    public static TimeSpan MaxDuration { get; } = TimeSpan.FromDays(366);

    /// <summary>Locks from now on, by the database's clock. False when the account is gone.</summary>
    public Task<bool> LockAsync(
        UserAccount user,
        TimeSpan duration,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        $"""
                        UPDATE public.users SET operator_locked_until = now() + @duration, {CredentialVersions.Raise}
                        WHERE id = @id AND deleted_at IS NULL
                        """,
                        cancel,
                        ("id", user.Id),
                        ("duration", duration)
                    ) == 0
                )
                    return false;
                await AuditAsync(
                    transaction,
                    AuditEventTypes.AccountLocked,
                    user.Id,
                    request,
                    new() { ["by"] = "operator", ["minutes"] = (long)duration.TotalMinutes },
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>Takes the operator's lock off, and any that wrong passwords started. False when the account is
    /// gone.</summary>
    public Task<bool> UnlockAsync(UserAccount user, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (
                    await transaction.ExecuteAsync(
                        """
                        UPDATE public.users SET operator_locked_until = NULL, account_locked_until = NULL,
                            failed_login_attempts = 0
                        WHERE id = @id AND deleted_at IS NULL
                        """,
                        cancel,
                        ("id", user.Id)
                    ) == 0
                )
                    return false;
                await authenticator.ForgetAttemptsAsync(transaction, user.Id, EmailAddress.Parse(user.Email), cancel);
                await AuditAsync(transaction, AuditEventTypes.AccountUnlocked, user.Id, request, null, cancel);
                return true;
            },
            cancellationToken
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        Guid userId,
        RequestContext request,
        Dictionary<string, object?>? details,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, details),
            cancellationToken
        );
}
