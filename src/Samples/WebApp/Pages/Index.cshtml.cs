using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

public sealed class IndexModel(Provider provider) : PageModel
{
    public string Authority => provider.Authority;

    public IActionResult OnPostSignIn() =>
        Challenge(new AuthenticationProperties { RedirectUri = Url.Page("/Claims") });

    public async Task<IActionResult> OnPostSignOutHereAsync()
    {
        await HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return RedirectToPage("/SignedOut");
    }

    /// <summary>Signs out here and then, through the browser, at the provider (OpenID Connect RP-Initiated Logout 1.0),
    /// which redirects to /signed-out.</summary>
    public IActionResult OnPostSignOutEverywhere() =>
        SignOut(CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme);
}
