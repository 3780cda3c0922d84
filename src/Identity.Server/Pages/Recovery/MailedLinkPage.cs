using Identity.Core.Primitives;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary> A page that a mailed link opens. A 303 moves the token from the address into a cookie of this page (RV-4),
/// so that it never appears in histories, screenshots or the next page's Referer. Opening the page, with any method or
/// program, consumes nothing (RV-2).
/// </summary>
internal abstract class MailedLinkPage(ProtectedCookies cookies, string cookie) : HostedPage
{
    /// <summary>Enough to read the page and choose a password, with an interruption.</summary>
    protected static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    protected ProtectedCookies Cookies { get; } = cookies;

    /// <summary>Whether the link cannot be used: then the page shows how to continue.</summary>
    public bool IsUnusable { get; private set; }

    /// <summary>Whether the page exists.</summary>
    protected virtual bool IsOffered => true;

    public async Task<IActionResult> OnGetAsync()
    {
        if (!IsOffered)
            return NotFound();
        if (Request.Query.ContainsKey("token"))
        {
            if (OpaqueToken.TryParse(Request.Query["token"], out var presented))
                Cookies.Keep(HttpContext, cookie, presented.Value, Lifetime);
            else
                ProtectedCookies.Forget(HttpContext, cookie);
            return SeeOther(Request.Path);
        }
        return Token is { } token ? await ShowAsync(token) : Unusable();
    }

    /// <summary>The token of the link, or null.</summary>
    protected OpaqueToken? Token =>
        OpaqueToken.TryParse(Cookies.Read(HttpContext, cookie), out var token) ? token : null;

    /// <summary>Shows what the link is for. Consumes nothing.</summary>
    protected abstract Task<IActionResult> ShowAsync(OpaqueToken token);

    /// <summary>The page without its form. Status 200, because the person can continue from here.</summary>
    protected IActionResult Unusable()
    {
        IsUnusable = true;
        ForgetToken();
        return Page();
    }

    /// <summary>The token is consumed.</summary>
    protected void ForgetToken() => ProtectedCookies.Forget(HttpContext, cookie);
}
