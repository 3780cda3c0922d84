using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.TwoFactor;

/// <summary>The step of an unusual sign-in of a person without a second factor: a code that was mailed to them.</summary>
internal sealed class ConfirmSignInModel(
    PendingSignIn pending,
    SignInDispatcher dispatcher,
    SignInRisk risk,
    MailedCodes codes,
    UserStore users,
    IStringLocalizer<TwoFactorTexts> texts
) : HostedPage
{
    private const string Field = "Input.Code";

    public sealed class Form
    {
        public string? Code { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    public string Email { get; private set; } = "";

    /// <summary>Another code was asked for.</summary>
    public bool IsSentAgain => Request.Query.ContainsKey("sent") && ModelState.IsValid && RetryAfter is null;

    /// <summary>The first step is too old, done with, or void.</summary>
    public bool IsOver { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? await NothingPendingAsync() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is null ? await OnGetAsync() : null;

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ReadAsync() is not var (token, challenge))
            return await NothingPendingAsync();
        if (string.IsNullOrWhiteSpace(Input.Code))
        {
            Wrong(Field, texts["Code.Missing"]);
            return Page();
        }
        var result = await codes.VerifyAsync(
            token,
            challenge.UserId,
            SecondFactor.WithoutSpaces(Input.Code),
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        switch (result)
        {
            case SecondFactorResult.Accepted:
                return await GoOnAsync();
            case SecondFactorResult.Locked locked:
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            default:
                ModelState.Remove(Field);
                Input.Code = null;
                Wrong(Field, texts["Mailed.Wrong"]);
                return Page();
        }
    }

    public async Task<IActionResult> OnPostAgainAsync()
    {
        if (await ReadAsync() is not var (token, challenge))
            return await NothingPendingAsync();
        await risk.SendCodeAsync(HttpContext, token, challenge.UserId);
        return SeeOther(LocalUrl.With("/confirm-sign-in?sent", ReturnUrl));
    }

    private async Task<(OpaqueToken Token, LoginChallenge Challenge)?> ReadAsync()
    {
        if (
            PendingSignIn.TokenOf(HttpContext) is not { } token
            || await pending.ReadAsync(HttpContext) is not { } challenge
            || await users.FindAsync(challenge.UserId, HttpContext.RequestAborted) is not { } user
        )
            return null;
        Email = user.Email;
        return (token, challenge);
    }

    private async Task<IActionResult> GoOnAsync()
    {
        if (await pending.CompleteAsync(HttpContext) is not { } challenge)
            return await NothingPendingAsync();
        switch (
            await dispatcher.NextAsync(
                HttpContext,
                challenge.Credential,
                [.. challenge.Amr, SignInRisk.MailedCode],
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

    // A second tab may have finished the sign-in; the back button leads here after it; or the time is over.
    private async Task<IActionResult> NothingPendingAsync()
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
