using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.External;

/// <summary>Sends the person to another provider after they pressed a button.</summary>
internal sealed class ExternalStartModel(ExternalProviders providers, ExternalChallenge departure) : HostedPage
{
    /// <summary>The authorization request to the other provider.</summary>
    public string Target { get; private set; } = "";

    public string ProviderName { get; private set; } = "";

    public IActionResult OnGet() => SeeOther(LocalUrl.With("/sign-in", ReturnUrl));

    public async Task<IActionResult> OnPostAsync(string? provider)
    {
        if (providers.Find(provider) is not { } known)
            return NotFound();
        // A client that sends a signed-in person here requires a new authentication.
        var anew = Authorization is not null && await GetSessionAsync() is not null;
        if (await departure.PrepareAsync(HttpContext, known, ReturnUrl, null, anew) is not { } target)
            return SeeOther(ExternalFailedModel.Address("unreachable", ReturnUrl));
        (Target, ProviderName) = (target, known.DisplayName);
        return Page();
    }
}
