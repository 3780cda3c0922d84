using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Account;

/// <summary>Secures the account from a session, which ends too. The session does not prove the mailbox, so the person
/// asks for a link to choose a new password next.</summary>
[RequiresStepUp]
internal sealed class SecureModel(UserStore users, AccountSecurer securer, ProtectedCookies cookies)
    : AccountPage(users)
{
    public async Task<IActionResult> OnPostAsync()
    {
        if (
            await securer.SecureAsync(Session.Credential, HttpContext.ReadRequestContext(), HttpContext.RequestAborted)
            is not SecureAccountResult.Done done
        )
            return SeeOther("/sign-in");
        BrowserSession.Forget(HttpContext, Session.Id);
        TrustedBrowser.Forget(HttpContext);
        if (!done.Ended.PasswordRemoved)
            return SeeOther("/sign-in?note=secured");
        PendingMailState.Keep(HttpContext, cookies, done.Email, null);
        return SeeOther("/forgot-password?secured");
    }
}
