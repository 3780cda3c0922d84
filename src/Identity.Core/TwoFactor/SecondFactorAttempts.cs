using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Throttling;

namespace Identity.Core.TwoFactor;

/// <summary>Counts attempts at second factors, separately for each kind and from passwords (BF-4): a right password
/// clears none of them.</summary>
public sealed class SecondFactorAttempts(
    Database database,
    AttemptLimiter limiter,
    AuditLog audit,
    SecurityNotices notices
)
{
    /// <summary>5 wrong codes block this kind for 30 minutes. Of a million codes, three are valid at a time, so the
    /// chance of a hit is about one in 65,000.</summary>
    private static readonly AttemptLimit Limit = new(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));

    /// <summary>Reserves one attempt before the code is checked (BF-2). The caller disposes it, which releases it if
    /// the code was not checked, and completes the check even if the request is aborted.</summary>
    internal Task<AttemptStart> BeginAsync(string kind, Guid userId, CancellationToken cancellationToken) =>
        limiter.BeginAsync(Key(kind, userId), Limit, cancellationToken);

    /// <summary>The code was right: in the transaction that consumed it.</summary>
    internal async Task SucceedAsync(
        DatabaseTransaction transaction,
        Attempt? attempt,
        string kind,
        Guid userId,
        RequestContext request
    )
    {
        if (attempt is not null)
            await attempt.SucceedAsync(transaction);
        await audit.AppendAsync(transaction, Event(AuditStatus.Success, kind, userId, request), CancellationToken.None);
    }

    /// <summary>The code was wrong, or there was no attempt left. The owner is notified of the last wrong one, because
    /// the caller knows the password.</summary>
    /// <param name="attempt">Null if there was none left.</param>
    internal Task FailAsync(Attempt? attempt, string kind, Guid userId, RequestContext request) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var failure = attempt is null ? default : await attempt.FailAsync(transaction);
                await audit.AppendAsync(
                    transaction,
                    Event(attempt is null ? AuditStatus.Blocked : AuditStatus.Failure, kind, userId, request),
                    cancel
                );
                if (!failure.StartedLock)
                    return;
                await audit.AppendAsync(transaction, LockEvent(kind, userId, request), cancel);
                await notices.QueueAsync(transaction, userId, MailKind.AccountLocked, request, cancel);
            },
            CancellationToken.None
        );

    private AttemptKey Key(string kind, Guid userId) => limiter.Key("second_factor_" + kind, userId.ToString("D"));

    private static AuditEvent Event(AuditStatus status, string kind, Guid userId, RequestContext request) =>
        new(
            AuditEventTypes.TwoFactorChallenge,
            status,
            userId,
            request.IpAddress,
            request.UserAgent,
            new Dictionary<string, object?> { ["method"] = kind }
        );

    private static AuditEvent LockEvent(string kind, Guid userId, RequestContext request) =>
        new(
            AuditEventTypes.AttemptsPaused,
            AuditStatus.Success,
            userId,
            request.IpAddress,
            request.UserAgent,
            new Dictionary<string, object?>
            {
                ["method"] = kind,
                ["minutes"] = Limit.Lock.TotalMinutes.ToString(CultureInfo.InvariantCulture),
            }
        );
}
