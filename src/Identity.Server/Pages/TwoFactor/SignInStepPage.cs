using Identity.Core.TwoFactor;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.TwoFactor;

/// <summary>A step of a pending sign-in that requires a code.</summary>
internal abstract class SignInStepPage(
    PendingSignIn pending,
    SignInDispatcher dispatcher,
    IStringLocalizer<TwoFactorTexts> texts
) : HostedPage
{
    /// <summary>Whether the previous step has expired, was already used or has become invalid.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The pending sign-in of this browser.</summary>
    protected PendingSignIn Pending => pending;

    /// <summary>The texts of these pages.</summary>
    protected IStringLocalizer<TwoFactorTexts> Texts => texts;

    /// <summary>Completes this step, once, and continues with the next one.</summary>
    /// <param name="amr">The methods that this step proved (RFC 8176).</param>
    protected async Task<IActionResult> GoOnAsync(string[] amr)
    {
        if (await pending.CompleteAsync(HttpContext) is not { } challenge)
            return await NothingPendingAsync();
        await CompletedAsync(challenge);
        switch (
            await dispatcher.NextAsync(
                HttpContext,
                challenge.Credential,
                [.. challenge.Amr, .. amr],
                ReturnUrl ?? challenge.ReturnUrl
            )
        )
        {
            case SignInNext.GoTo goTo:
                return SeeOther(goTo.LocalUrl);
            case SignInNext.TooManySessions:
                Wrong("", texts["Code.TooManySessions"]);
                return Page();
            default:
                IsOver = true;
                return Page();
        }
    }

    /// <summary>Runs once after the step was completed.</summary>
    protected virtual Task CompletedAsync(LoginChallenge challenge) => Task.CompletedTask;

    // A second tab may have finished the sign-in, the back button may lead here after it, or the time may have passed
    // (SE-3).
    protected async Task<IActionResult> NothingPendingAsync()
    {
        if (await GetSessionAsync() is not null)
            return SeeOther(ReturnUrl ?? LocalUrl.Account);
        if (!PendingSignIn.Exists(HttpContext))
            return SeeOther(LocalUrl.With("/sign-in", ReturnUrl));
        PendingSignIn.Forget(HttpContext);
        IsOver = true;
        return Page();
    }
}
