using Identity.Core.Primitives;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>
/// A page that the link of a mail opens. The token goes from the address into a cookie of this page by a 303 (RV-4):
/// histories, screenshots and the next page's Referer never see it. Opening, by whatever method and program, consumes
/// nothing (RV-2).
/// </summary>
internal abstract class MailedLinkPage(ProtectedCookies cookies, string cookie) : HostedPage
{
    /// <summary>To read a page and choose a password, with something in between.</summary>
    protected static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    protected ProtectedCookies Cookies { get; } = cookies;

    /// <summary>The link cannot be used, or no more: the page shows the way on.</summary>
    public bool IsUnusable { get; private set; }

    /// <summary>Whether there is such a page at all.</summary>
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

    /// <summary>The token that was brought here, or null.</summary>
    protected OpaqueToken? Token =>
        OpaqueToken.TryParse(Cookies.Read(HttpContext, cookie), out var token) ? token : null;

    /// <summary>Shows what the link is for. Consumes nothing.</summary>
    protected abstract Task<IActionResult> ShowAsync(OpaqueToken token);

    /// <summary>The page without its form. 200, for it is a page like any other, and the person can go on from
    /// here.</summary>
    protected IActionResult Unusable()
    {
        IsUnusable = true;
        ForgetToken();
        return Page();
    }

    /// <summary>The token has done its work.</summary>
    protected void ForgetToken() => ProtectedCookies.Forget(HttpContext, cookie);
}
