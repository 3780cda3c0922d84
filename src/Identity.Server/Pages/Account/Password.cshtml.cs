using Identity.Core.Passwords;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Changes the password after checking the current one. All other sessions end; this browser gets a new
/// session token (SE-2, SE-6).</summary>
[RequiresStepUp(PageAsksForPassword = true)]
internal sealed class PasswordModel(
    UserStore users,
    PasswordChanger changer,
    PasswordAdvice advice,
    IStringLocalizer<AccountTexts> texts,
    IStringLocalizer<SharedTexts> shared
) : AccountPage(users)
{
    public sealed class Form
    {
        public string? CurrentPassword { get; set; }
        public string? NewPassword { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (string.IsNullOrEmpty(Input.CurrentPassword))
            Wrong("Input.CurrentPassword", texts["Password.CurrentMissing"]);
        if (string.IsNullOrEmpty(Input.NewPassword))
            Wrong("Input.NewPassword", texts["Password.NewMissing"]);
        if (!ModelState.IsValid)
            return Page();
        if (!PlainTextPassword.TryCreate(Input.NewPassword, out var next))
        {
            Wrong("Input.NewPassword", shared["Password.Unusable"]);
            return Refused();
        }
        if (!PlainTextPassword.TryCreate(Input.CurrentPassword, out var current))
        {
            Wrong("Input.CurrentPassword", texts["Password.CurrentWrong"]);
            return Refused();
        }

        switch (
            await changer.ChangeAsync(
                Account,
                Session.Id,
                current,
                next,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            case PasswordChangeResult.Changed changed:
                BrowserSession.Keep(HttpContext, Session.Id, changed.SessionToken);
                return SeeOther("/account/password?done");
            case PasswordChangeResult.Refused refused:
                Wrong("Input.NewPassword", advice.Explain(refused.Judgement));
                return Page();
            case PasswordChangeResult.CurrentPasswordWrong wrong:
                Wrong("Input.CurrentPassword", texts[wrong.IsPaused ? "Password.Paused" : "Password.CurrentWrong"]);
                return Page();
            case PasswordChangeResult.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            case PasswordChangeResult.Busy busy:
                return Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter);
            default:
                return SeeOther("/sign-in");
        }
    }

    /// <summary>For the meter.</summary>
    public Task<IActionResult> OnPostStrengthAsync() =>
        advice.MeterAsync(HttpContext, Input.NewPassword, PasswordChanger.WordsOf(Account));
}
