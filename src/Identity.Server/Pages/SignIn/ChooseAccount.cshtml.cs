using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary>The accounts that are signed in in this browser: the person chooses one, for a client
/// (prompt=select_account, OIDC Core 3.1.2.1) or for their account pages, adds another or signs out. Where a browser
/// holds one account only, there is nothing to choose but for a client.</summary>
[NamesItsAccount]
internal sealed class ChooseAccountModel(BrowserAccounts accounts, IEnumerable<IAuthorizationInteraction> interactions)
    : HostedPage
{
    /// <summary>The live sessions, the current one first.</summary>
    public IReadOnlyList<ActiveSession> Sessions { get; private set; } = [];

    /// <summary>Whether further accounts may be added.</summary>
    public bool AreSeveral => accounts.AreSeveral;

    /// <summary>Where another account signs in.</summary>
    public string ToAnother => LocalUrl.With(AreSeveral ? SignInModel.AddPath : "/sign-in", ReturnUrl);

    /// <summary>The current session, if there is one.</summary>
    public ActiveSession? Current { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        if (accounts.AreSeveral || Authorization is not null)
            Sessions = await accounts.ListAsync(HttpContext);
        Current = await GetSessionAsync();
        return Sessions.Count == 0 ? SeeOther(ToAnother) : Page();
    }

    /// <summary>Goes on with the chosen account. If it is signed out meanwhile, the page asks again.</summary>
    public async Task<IActionResult> OnPostAsync(Guid account)
    {
        if (
            (!accounts.AreSeveral && Authorization is null)
            || await accounts.FindAsync(HttpContext, account) is not { } session
        )
            return await OnGetAsync();
        BrowserAccounts.MakeCurrent(HttpContext, session.Id);
        return SeeOther(
            Authorization is null
                ? ReturnUrl ?? LocalUrl.Account
                : interactions.Single().ChooseAccount(ReturnUrl!, session.Id)
        );
    }
}
