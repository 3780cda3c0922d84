using Identity.Core.Sessions;
using Identity.Core.Users;

namespace Identity.Server.Pages.Account;

/// <summary>The account at a glance, with a way to everything that can be changed.</summary>
internal sealed class OverviewModel(UserStore users, SessionStore sessions) : AccountPage(users)
{
    public int SessionCount { get; private set; }

    public async Task OnGetAsync() =>
        SessionCount = (await sessions.ListAsync(Account.Id, HttpContext.RequestAborted)).Count;
}
