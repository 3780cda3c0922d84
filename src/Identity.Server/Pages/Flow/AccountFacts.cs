using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;

namespace Identity.Server.Pages.Flow;

/// <summary>The session and the account of a request. Null if one of them has ended, even after the check of the
/// session.</summary>
internal sealed record AccountFacts(ActiveSession Session, UserAccount Account)
{
    public static async Task<AccountFacts?> ReadAsync(HttpContext http, UserStore users) =>
        await http.GetActiveSessionAsync() is { } session
        && await users.FindAsync(session.UserId, http.RequestAborted) is { } account
            ? new(session, account)
            : null;
}
