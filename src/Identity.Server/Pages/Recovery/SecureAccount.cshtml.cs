using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>Secures the account with the link of a security notice. The mailbox is proved, so the person chooses a new
/// password in this browser next.</summary>
internal sealed class SecureAccountModel(AccountSecurer securer, ProtectedCookies cookies)
    : MailedLinkPage(cookies, "__Host-secure")
{
    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await securer.IsUsableAsync(token, HttpContext.RequestAborted) ? Page() : Unusable();

    public async Task<IActionResult> OnPostAsync()
    {
        if (
            Token is not { } token
            || await securer.SecureAsync(token, HttpContext.ReadRequestContext(), HttpContext.RequestAborted)
                is not SecureAccountResult.Done done
        )
            return Unusable();
        ForgetToken();
        TrustedBrowser.Forget(HttpContext);
        if (done.NewPassword is not { } link)
            return SeeOther("/sign-in?note=secured");
        PendingMailState.Keep(HttpContext, Cookies, done.Email, null);
        ResetPasswordModel.Bring(HttpContext, Cookies, link);
        return SeeOther("/reset-password");
    }
}
