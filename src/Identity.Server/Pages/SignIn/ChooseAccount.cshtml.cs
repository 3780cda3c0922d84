using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary>A client lets the person choose the account (prompt=select_account, OIDC Core 3.1.2.1): the signed-in one
/// or another.</summary>
internal sealed class ChooseAccountModel(IEnumerable<IAuthorizationInteraction> interactions) : HostedPage
{
    public string Email { get; private set; } = "";

    public string? Name { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        if (await GetSessionAsync() is not { } session || Authorization is null)
            return SeeOther(LocalUrl.With("/sign-in", ReturnUrl));
        (Email, Name) = (session.Email, session.Name);
        return Page();
    }

    /// <summary>Continues with the account that was shown; if another person signed in meanwhile, the page asks
    /// again.</summary>
    public async Task<IActionResult> OnPostAsync(string? email)
    {
        if (await GetSessionAsync() is not { } session || Authorization is null || session.Email != email)
            return await OnGetAsync();
        return SeeOther(interactions.Single().ChooseAccount(ReturnUrl!, session.Id));
    }
}
