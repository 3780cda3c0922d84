using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary> Sets a new password with a mailed link. All sessions end, here and elsewhere, and the link itself signs
/// nobody in. In the browser that requested it, the new password is then used as if it was typed on the sign-in page,
/// including the second factor (MF-7, RV-5); in any other browser the person types it there.
/// </summary>
internal sealed class ResetPasswordModel(
    PasswordRecovery recovery,
    PasswordAuthenticator authenticator,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    PasswordAdvice advice,
    IStringLocalizer<SignInTexts> signIn,
    IStringLocalizer<SharedTexts> shared
) : MailedLinkPage(cookies, Cookie)
{
    private const string Cookie = "__Host-reset";

    public sealed class Form
    {
        public string? NewPassword { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The account of the password, for password managers.</summary>
    public string Email { get; private set; } = "";

    /// <summary>Whether the address was just proved in another browser than that of the sign-up.</summary>
    public bool IsFirst => Request.Query.ContainsKey("first");

    /// <summary>Passes a link that was not mailed to this page.</summary>
    public static void Bring(HttpContext http, ProtectedCookies cookies, OpaqueToken token) =>
        cookies.Keep(http, Cookie, token.Value, Lifetime);

    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await ReadAsync(token) is null ? Unusable() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is not null ? null
        : Token is { } token && await ReadAsync(token) is not null ? Page()
        : Unusable();

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
                return SeeOther(await GoOnAsync(password));
            default:
                return Unusable();
        }
    }

    // The state shows that this browser requested the mail for this address. It is not a proof; the password is, and it
    // passes every check of a sign-in.
    private async Task<string> GoOnAsync(PlainTextPassword password)
    {
        var state = PendingMailState.Read(HttpContext, Cookies);
        if (
            state is not null
            && state.IsFor(Email)
            && await authenticator.AuthenticateAsync(
                Email,
                password,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
                is PasswordAuthenticationResult.Success success
            && await dispatcher.NextAsync(HttpContext, success.User.Credential, ["pwd"], state.ReturnUrl)
                is SignInNext.GoTo next
        )
        {
            PendingMailState.Forget(HttpContext);
            return next.LocalUrl;
        }
        return LocalUrl.With("/sign-in?note=reset", state?.ReturnUrl);
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
