using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>Signs in by a mailed link after a button is pressed, in the browser that requested it. The link is a first
/// factor like a password (MF-7).</summary>
internal sealed class MagicLinkModel(
    MagicLinkStore links,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    IStringLocalizer<SignInTexts> texts
) : MailedLinkPage(cookies, "__Host-magic")
{
    /// <summary>RFC 8176 has no value for a mailed link; this one names it and does not claim anything
    /// stronger.</summary>
    public static readonly string[] Amr = ["email"];

    // Only using the link shows whether it is still valid: a page that showed it earlier would reveal it to other
    // browsers too.
    protected override Task<IActionResult> ShowAsync(OpaqueToken token) =>
        Task.FromResult(Browser is null ? Unusable() : Page());

    protected override bool IsOffered => links.IsOn;

    public async Task<IActionResult> OnPostAsync()
    {
        if (!links.IsOn)
            return NotFound();
        if (
            Token is not { } token
            || Browser is not { } browser
            || await links.RedeemAsync(token, browser, HttpContext.RequestAborted) is not MagicLinkResult.Proved proved
        )
            return Unusable();
        ForgetToken();
        ProtectedCookies.Forget(HttpContext, RequestLinkModel.BrowserCookie);
        switch (await dispatcher.NextAsync(HttpContext, proved.User.Credential, Amr, proved.ReturnUrl))
        {
            case SignInNext.GoTo goTo:
                return SeeOther(goTo.LocalUrl);
            case SignInNext.TooManySessions:
                Wrong("", texts["SignIn.TooManySessions"]);
                return Unusable();
            default:
                return Unusable();
        }
    }

    private OpaqueToken? Browser =>
        OpaqueToken.TryParse(Cookies.Read(HttpContext, RequestLinkModel.BrowserCookie), out var browser)
            ? browser
            : null;
}
