using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary>Proves the address of an account, at the press of a button, by whoever has the mail. Leads on to where the
/// registration was going.</summary>
internal sealed class VerifyEmailModel(EmailVerifier verifier, PendingSignIn pending, ProtectedCookies cookies)
    : MailedLinkPage(cookies, "__Host-verify")
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
        // Whoever is signed in here as the same person is where they want to be; others sign in, for the mail alone
        // opens no account.
        return SeeOther(
            session?.UserId == proved.UserId
                ? state?.ReturnUrl ?? LocalUrl.Account
                : LocalUrl.With("/sign-in?note=verified", state?.ReturnUrl)
        );
    }

    // Any of the three shows that the password is known here. A person who signed up elsewhere is asked for a new one.
    private async Task<CredentialProof?> ReadProofAsync(ActiveSession? session) =>
        session?.Credential
        ?? (await pending.ReadAsync(HttpContext))?.Credential
        ?? SignUpBrowser.Read(HttpContext, Cookies);
}
