using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.External;

/// <summary>Sends the person to another provider after they pressed a button, or typed an address of its
/// domain.</summary>
internal sealed class ExternalStartModel(
    ExternalProviders providers,
    ExternalChallenge departure,
    BrowserAccounts accounts,
    ProtectedCookies cookies
) : HostedPage
{
    /// <summary>The authorization request to the other provider.</summary>
    public string Target { get; private set; } = "";

    public string ProviderName { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync() =>
        SignInAddress.Read(HttpContext, cookies) is { } address && providers.HomeOf(address) is { } home
            ? await DepartAsync(home, address)
            : SeeOther(LocalUrl.With("/sign-in", ReturnUrl));

    public async Task<IActionResult> OnPostAsync(string? provider)
    {
        return providers.Find(provider) is { } known ? await DepartAsync(known, null) : NotFound();
    }

    private async Task<IActionResult> DepartAsync(ExternalProvider known, EmailAddress? hint)
    {
        // A client that sends a signed-in person here requires a new authentication, and a person who adds an account
        // would get the other provider's current one without a question.
        var anew = (Authorization is not null || accounts.AreSeveral) && await GetSessionAsync() is not null;
        if (await departure.PrepareAsync(HttpContext, known, ReturnUrl, null, anew, hint?.Value) is not { } target)
            return SeeOther(ExternalFailedModel.Address("unreachable", ReturnUrl));
        (Target, ProviderName) = (target, known.DisplayName);
        return Page();
    }
}
