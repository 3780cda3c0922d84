using Identity.Core.External;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.External;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>The linked accounts at other providers: list, add, remove.</summary>
internal sealed class ExternalModel(
    UserStore users,
    ExternalLoginStore logins,
    ExternalProviders providers,
    ExternalChallenge departure,
    SessionStore sessions,
    IStringLocalizer<ExternalTexts> texts
) : AccountPage(users)
{
    public IReadOnlyList<ExternalLogin> Logins { get; private set; } = [];

    /// <summary>The provider to which the person is being sent, and its address; null if none.</summary>
    public (string Name, string Address)? Target { get; private set; }

    /// <summary>The configured providers that are not linked yet.</summary>
    public IEnumerable<ExternalProvider> Others =>
        providers.All.Where(provider => !Logins.Any(login => login.Provider == provider.Name));

    public string NameOf(ExternalLogin login) => providers.NameOf(login.Provider);

    public async Task OnGetAsync() => Logins = await logins.ListAsync(Account.Id, HttpContext.RequestAborted);

    /// <summary>Sends the person to the other provider. After the return, the person has to confirm the link.</summary>
    [RequiresStepUp]
    public async Task<IActionResult> OnPostAddAsync(string? provider)
    {
        if (providers.Find(provider) is not { } known)
            return NotFound();
        if (
            await departure.PrepareAsync(HttpContext, known, ExternalLinkModel.Account, Account.Id, anew: false)
            is not { } address
        )
            return SeeOther(ExternalFailedModel.Address("unreachable", ExternalLinkModel.Account));
        Target = (known.DisplayName, address);
        return Page();
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostRemoveAsync(string? provider)
    {
        if (
            provider is not null
            && await logins.UnlinkAsync(
                Session.Credential,
                provider,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            if (await sessions.RotateAsync(Session.Id, HttpContext.RequestAborted) is { } token)
                BrowserSession.Keep(HttpContext, Session.Id, token);
            return SeeOther(ExternalLinkModel.Account + "?done");
        }
        await OnGetAsync();
        if (!Logins.Any(login => login.Provider == provider))
            return SeeOther(ExternalLinkModel.Account);
        Wrong("", texts["Remove.Last"]);
        return Page();
    }
}
