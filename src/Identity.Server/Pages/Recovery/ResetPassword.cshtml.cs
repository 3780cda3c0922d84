using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>
/// A new password, on the link of a mail. Everything that was signed in ends, here and elsewhere, and nobody is signed
/// in by it: the sign-in follows, second factor
/// included (MF-7, RV-5).
/// </summary>
internal sealed class ResetPasswordModel(
    PasswordRecovery recovery,
    ProtectedCookies cookies,
    PasswordAdvice advice,
    IStringLocalizer<SignInTexts> signIn,
    IStringLocalizer<SharedTexts> shared
) : MailedLinkPage(cookies, "__Host-reset")
{
    public sealed class Form
    {
        public string? NewPassword { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>Whose password it is, for password managers.</summary>
    public string Email { get; private set; } = "";

    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await ReadAsync(token) is null ? Unusable() : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (Token is not { } token || await ReadAsync(token) is null)
            return Unusable();
        if (string.IsNullOrEmpty(Input.NewPassword))
        {
            Wrong("Input.NewPassword", signIn["Password.Choose"]);
            return Page();
        }
        if (!PlainTextPassword.TryCreate(Input.NewPassword, out var password))
        {
            Wrong("Input.NewPassword", shared["Password.Unusable"]);
            return Refused();
        }

        switch (
            await recovery.ResetAsync(token, password, HttpContext.ReadRequestContext(), HttpContext.RequestAborted)
        )
        {
            case PasswordResetResult.Refused refused:
                Wrong("Input.NewPassword", advice.Explain(refused.Judgement));
                return Page();
            case PasswordResetResult.Busy busy:
                return Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter);
            case PasswordResetResult.Done:
                ForgetToken();
                var state = PendingMailState.Read(HttpContext, Cookies);
                PendingMailState.Forget(HttpContext);
                return SeeOther(LocalUrl.With("/sign-in?note=reset", state?.ReturnUrl));
            default:
                return Unusable();
        }
    }

    /// <summary>For the meter.</summary>
    public async Task<IActionResult> OnPostStrengthAsync()
    {
        var user = Token is { } token ? await ReadAsync(token) : null;
        return await advice.MeterAsync(
            HttpContext,
            Input.NewPassword,
            user is null ? [] : PasswordChanger.WordsOf(user)
        );
    }

    private async Task<UserAccount?> ReadAsync(OpaqueToken token)
    {
        var user = await recovery.FindAsync(token, HttpContext.RequestAborted);
        Email = user?.Email ?? "";
        return user;
    }
}
