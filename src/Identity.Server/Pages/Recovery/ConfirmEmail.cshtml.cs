using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary> Confirms a new address (RV-7), in a session of the account. It is outside the account folder, because the
/// token must be removed from the address before a sign-in page stores the address as a return URL.
/// </summary>
internal sealed class ConfirmEmailModel(EmailChanger changer, EmailVerifier verifier, ProtectedCookies cookies)
    : MailedLinkPage(cookies, "__Host-new-email")
{
    private const string Address = "/account/email/confirm";

    protected override async Task<IActionResult> ShowAsync(OpaqueToken token)
    {
        if (await GetSessionAsync() is null)
            return SeeOther(LocalUrl.With("/sign-in", Address));
        return await verifier.IsUsableAsync(token, HttpContext.RequestAborted) ? Page() : Unusable();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (await GetSessionAsync() is not { } session)
            return SeeOther(LocalUrl.With("/sign-in", Address));
        if (
            Token is not { } token
            || await changer.ConfirmAsync(
                session.Credential,
                token,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
                is not EmailChangeResult.Changed changed
        )
            return Unusable();
        ForgetToken();
        BrowserSession.Keep(HttpContext, session.Id, changed.SessionToken);
        return SeeOther("/account?email-changed");
    }
}
