using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Throttling;

namespace Identity.Core.TwoFactor;

/// <summary>Counts attempts at second factors, each kind apart and apart from passwords (BF-4): a right password clears
/// none of them.</summary>
public sealed class SecondFactorAttempts(
    Database database,
    AttemptLimiter limiter,
    AuditLog audit,
    SecurityNotices notices
)
{
    /// <summary>5 wrong codes stop this kind for 30 minutes. Out of a million codes, three of which are good at a time,
    /// that is one in 65,000.</summary>
    private static readonly AttemptLimit Limit = new(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));

    /// <summary>Takes one attempt before the code is looked at (BF-2).</summary>
    internal Task<Reservation> ReserveAsync(string kind, Guid userId, CancellationToken cancellationToken) =>
        limiter.ReserveAsync(Key(kind, userId), Limit, cancellationToken);

    /// <summary>The code was right: in the transaction that consumed it.</summary>
    internal async Task SucceedAsync(
        DatabaseTransaction transaction,
        string kind,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await limiter.ClearAsync(transaction, Key(kind, userId), cancellationToken);
        await audit.AppendAsync(transaction, Event(AuditStatus.Success, kind, userId, request), cancellationToken);
    }

    /// <summary>The code was wrong, or there was no attempt left. The last wrong one is told to the owner: whoever
    /// tries here knows the password.</summary>
    internal Task FailAsync(
        Reservation reservation,
        string kind,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await audit.AppendAsync(
                    transaction,
                    Event(
                        reservation is Reservation.Granted ? AuditStatus.Failure : AuditStatus.Blocked,
                        kind,
                        userId,
                        request
                    ),
                    cancel
                );
                if (reservation is Reservation.Granted { StartedLock: true })
                    await notices.QueueAsync(transaction, userId, MailKind.AccountLocked, request, cancel);
            },
            cancellationToken
        );

    /// <summary>Gives an attempt back that could not be made.</summary>
    internal Task ReleaseAsync(string kind, Guid userId, CancellationToken cancellationToken) =>
        limiter.ReleaseAsync(Key(kind, userId), cancellationToken);

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
}
