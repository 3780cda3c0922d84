using System.Globalization;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Recovery;

/// <summary> The step of a sign-in with a right password and an unproved address. Sends the link and leads back to the
/// start: proving the address removes everything before it, including a pending sign-in (RV-8).
/// </summary>
internal sealed class VerifyFirstModel(
    PendingSignIn pending,
    UserStore users,
    EmailVerifier verifier,
    ProtectedCookies cookies
) : HostedPage
{
    public string Email { get; private set; } = "";

    /// <summary>Whether the link was sent.</summary>
    public bool IsSent => Request.Query.ContainsKey("sent");

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() ? Page() : StartAgain();

    public async Task<IActionResult> OnPostAsync()
    {
        if (!await ReadAsync())
            return StartAgain();
        if (
            await verifier.ResendAsync(
                Email,
                CultureInfo.CurrentUICulture.Name,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            is MailRequestResult.Throttled throttled
        )
            return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
        PendingMailState.Keep(HttpContext, cookies, Email, ReturnUrl);
        return SeeOther(LocalUrl.With("/verify-first?sent", ReturnUrl));
    }

    private async Task<bool> ReadAsync()
    {
        if (
            await pending.ReadAsync(HttpContext) is not { } challenge
            || await users.FindAsync(challenge.UserId, HttpContext.RequestAborted) is not { EmailVerified: false } user
        )
            return false;
        Email = user.Email;
        return true;
    }

    // The sign-in has expired, or the address was proved meanwhile.
    private IActionResult StartAgain() => SeeOther(LocalUrl.With("/sign-in", ReturnUrl));
}
