using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>Undoes a change of address from the old mailbox (RV-7). A stranger may know the password, so the person
/// chooses a new one next.</summary>
internal sealed class RevertEmailModel(EmailChangeReverter reverter, ProtectedCookies cookies)
    : MailedLinkPage(cookies, "__Host-revert")
{
    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await reverter.IsRevertUsableAsync(token, HttpContext.RequestAborted) ? Page() : Unusable();

    public async Task<IActionResult> OnPostAsync()
    {
        if (
            Token is not { } token
            || await reverter.RevertAsync(token, HttpContext.ReadRequestContext(), HttpContext.RequestAborted)
                is not EmailProofResult.Proved proved
        )
            return Unusable();
        ForgetToken();
        PendingMailState.Keep(HttpContext, Cookies, proved.Email, null);
        return SeeOther("/forgot-password?reverted");
    }
}
