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

/// <summary>Takes a mailed code: in an unusual sign-in of a person without a second factor, or in the place of the
/// second factor where the settings allow it.</summary>
internal sealed class ConfirmSignInModel(
    PendingSignIn pending,
    SignInDispatcher dispatcher,
    SignInRisk risk,
    MailedCodes codes,
    MailedSecondFactor mailed,
    UserStore users,
    IStringLocalizer<TwoFactorTexts> texts
) : SignInStepPage(pending, dispatcher, texts)
{
    private const string Field = "Input.Code";

    public sealed class Form
    {
        public string? Code { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    public string Email { get; private set; } = "";

    /// <summary>Whether another code was requested.</summary>
    public bool IsSentAgain => Request.Query.ContainsKey("sent") && ModelState.IsValid && RetryAfter is null;

    /// <summary>Whether the code stands in for a second factor.</summary>
    public bool StandsIn { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? await NotDueAsync() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is null ? await OnGetAsync() : null;

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ReadAsync() is not var (token, challenge))
            return await NotDueAsync();
        if (string.IsNullOrWhiteSpace(Input.Code))
        {
            Wrong(Field, Texts["Code.Missing"]);
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
                return await GoOnAsync([SignInRisk.MailedCode]);
            case SecondFactorResult.Locked locked:
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            default:
                ModelState.Remove(Field);
                Input.Code = null;
                Wrong(Field, Texts["Mailed.Wrong"]);
                return Page();
        }
    }

    public async Task<IActionResult> OnPostAgainAsync()
    {
        if (await ReadAsync() is not var (token, challenge))
            return await NotDueAsync();
        await risk.SendCodeAsync(HttpContext, token, challenge.UserId);
        return SeeOther(LocalUrl.With("/confirm-sign-in?sent", ReturnUrl));
    }

    private async Task<(OpaqueToken Token, LoginChallenge Challenge)?> ReadAsync()
    {
        if (
            PendingSignIn.TokenOf(HttpContext) is not { } token
            || await Pending.ReadAsync(HttpContext) is not { } challenge
            || await users.FindAsync(challenge.UserId, HttpContext.RequestAborted) is not { } user
        )
            return null;
        (Email, StandsIn) = (user.Email, user.TwoFactorEnabled);
        return !StandsIn || await mailed.IsOfferedAsync(HttpContext, challenge, ReturnUrl) ? (token, challenge) : null;
    }

    private async Task<IActionResult> NotDueAsync() =>
        StandsIn ? SeeOther(LocalUrl.With("/two-factor", ReturnUrl)) : await NothingPendingAsync();
}
