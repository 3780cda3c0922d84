using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>Proves the address of an account, at the press of a button, by whoever has the mail. The browser that
/// signed up is signed in by it, and goes on to where the registration was going: it asked for the mail, as for a link
/// to sign in.</summary>
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
        // In a browser that proved nothing, the mail alone opens no account.
        return SeeOther(
            proved.Browser is { } browser
            && await dispatcher.NextAsync(HttpContext, browser, MagicLinkModel.Amr, state?.ReturnUrl)
                is SignInNext.GoTo next
                ? next.LocalUrl
                : LocalUrl.With("/sign-in?note=verified", state?.ReturnUrl)
        );
    }

    // Any of the three shows that the password is known here. A person who signed up elsewhere is asked for a new one.
    private async Task<CredentialProof?> ReadProofAsync(ActiveSession? session) =>
        session?.Credential
        ?? (await pending.ReadAsync(HttpContext))?.Credential
        ?? SignUpBrowser.Read(HttpContext, Cookies);
}
