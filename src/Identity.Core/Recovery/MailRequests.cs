using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

/// <summary>What all forms that take an address and send a mail share: the limit for one internet address, and equal
/// work for every typed one.</summary>
public sealed class MailRequests(AttemptLimiter limiter, UserStore users)
{
    private static readonly AttemptLimit PerAddress = new(60, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));

    /// <summary>How long to wait, or null when the request may go on.</summary>
    internal async Task<TimeSpan?> ReserveAsync(RequestContext request, CancellationToken cancellationToken) =>
        await limiter.ReserveAsync(limiter.Key("mail_request", request.IpAddress), PerAddress, cancellationToken)
            is Reservation.Refused refused
            ? refused.RetryAfter
            : null;

    /// <summary>The account of what was typed, and an address to work with in any case. An account that is switched off
    /// counts as none.</summary>
    internal async Task<(UserAccount? User, EmailAddress To)> FindAsync(
        string? typed,
        CancellationToken cancellationToken
    )
    {
        // What is no address at all is looked up all the same, under a name that nobody can have.
        var address = EmailAddress.TryParse(typed, out var parsed)
            ? parsed
            : EmailAddress.Parse($"{Guid.NewGuid():N}@nobody.invalid");
        var user = await users.FindByEmailAsync(address, cancellationToken);
        // Mail goes to the address that the account has, not to how somebody typed it (ID-5).
        return user is { IsDisabled: false } ? (user, EmailAddress.Parse(user.Email)) : (null, address);
    }

    /// <summary>The language to write in: the account's, else that of the page.</summary>
    internal static string LocaleOf(UserAccount? user, string? locale) =>
        user?.Locale ?? locale ?? CultureInfo.CurrentUICulture.Name;

    /// <summary>Locks the account, so that requests, changes and proofs of one account follow one another. The first
    /// statement of each.</summary>
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
