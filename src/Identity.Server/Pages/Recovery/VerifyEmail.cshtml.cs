using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>Proves the address of an account when the person with the mail presses a button. The browser that signed up
/// is signed in and continues to its return URL: it requested the mail, as for a sign-in link.</summary>
internal sealed class VerifyEmailModel(
    EmailVerifier verifier,
    PendingSignIn pending,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies
) : MailedLinkPage(cookies, "__Host-verify")
{
    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await verifier.IsUsableAsync(token, HttpContext.RequestAborted) ? Page() : Unusable();

    public async Task<IActionResult> OnPostAsync()
    {
        var session = await GetSessionAsync();
        if (
            Token is not { } token
            || await verifier.VerifyAsync(
                token,
                await ReadProofAsync(session),
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
                is not EmailProofResult.Proved proved
        )
            return Unusable();
        ForgetToken();
        SignUpBrowser.Forget(HttpContext);
        if (proved.NewPassword is { } link)
        {
            ResetPasswordModel.Bring(HttpContext, Cookies, link);
            return SeeOther("/reset-password?first");
        }
        var state = PendingMailState.Read(HttpContext, Cookies);
        if (session?.UserId == proved.UserId)
            return SeeOther(state?.ReturnUrl ?? LocalUrl.Account);
        // In any other browser, the mail alone does not sign in.
        return SeeOther(
            proved.Browser is { } browser
            && await dispatcher.NextAsync(HttpContext, browser, MagicLinkModel.Amr, state?.ReturnUrl)
                is SignInNext.GoTo next
                ? next.LocalUrl
                : LocalUrl.With("/sign-in?note=verified", state?.ReturnUrl)
        );
    }

    // Any of the three shows that this browser knows the password. A person who signed up in another browser is asked
    // for a new one. The session of an account whose address is proved is another account's.
    private async Task<CredentialProof?> ReadProofAsync(ActiveSession? session) =>
        (session?.EmailVerified is false ? session.Credential : null)
        ?? (await pending.ReadAsync(HttpContext))?.Credential
        ?? SignUpBrowser.Read(HttpContext, Cookies);
}
