using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

/// <summary>The common part of all forms that take an email address and send a mail: the limit per IP address, and
/// equal work for every typed address.</summary>
public sealed class MailRequests(AttemptLimiter limiter, UserStore users)
{
    private static readonly AttemptLimit PerAddress = new(60, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));

    /// <summary>How long to wait, or null if the request may continue.</summary>
    internal async Task<TimeSpan?> ReserveAsync(RequestContext request, CancellationToken cancellationToken) =>
        await limiter.ReserveAsync(limiter.Key("mail_request", request.IpAddress), PerAddress, cancellationToken)
            is Reservation.Refused refused
            ? refused.RetryAfter
            : null;

    /// <summary>The account of the typed address, and an address to work with in any case. A disabled account counts as
    /// none.</summary>
    internal async Task<(UserAccount? User, EmailAddress To)> FindAsync(
        string? typed,
        CancellationToken cancellationToken
    )
    {
        // An invalid address is looked up too, under a name that nobody can have.
        var address = EmailAddress.TryParse(typed, out var parsed)
            ? parsed
            : EmailAddress.Parse($"{Guid.NewGuid():N}@nobody.invalid");
        var user = await users.FindByEmailAsync(address, cancellationToken);
        // Mail goes to the stored address, not to the typed one (ID-5).
        return user is { IsDisabled: false } ? (user, EmailAddress.Parse(user.Email)) : (null, address);
    }

    /// <summary>The language of the mail: the account's, else the page's.</summary>
    internal static string LocaleOf(UserAccount? user, string? locale) =>
        user?.Locale ?? locale ?? CultureInfo.CurrentUICulture.Name;

    /// <summary>Locks the account, so that requests, changes and proofs of one account run one after the other. The
    /// first statement of each.</summary>
    internal static Task<bool> LockAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync(
            "SELECT true FROM public.users WHERE id = @id AND deleted_at IS NULL AND NOT is_disabled FOR NO KEY UPDATE",
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", userId)
        );
}
