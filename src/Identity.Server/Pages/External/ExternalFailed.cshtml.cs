using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.External;

/// <summary>Signing in with another provider failed. Gives the reason as far as it helps, and leads back to choose
/// another way.</summary>
internal sealed class ExternalFailedModel : HostedPage
{
    [BindProperty(SupportsGet = true, Name = "reason")]
    public string? Reason { get; set; }

    /// <summary>The page that the person came from.</summary>
    public string WayOn => ReturnUrl == ExternalLinkModel.Account ? ReturnUrl : LocalUrl.With("/sign-in", ReturnUrl);

    public void OnGet() { }

    public static string Address(string reason, string? returnUrl) =>
        LocalUrl.With("/external/failed?reason=" + reason, returnUrl);
}
