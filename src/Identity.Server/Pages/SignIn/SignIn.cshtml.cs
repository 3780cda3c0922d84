using Identity.Core.Credentials;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.SignUp;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.SignIn;

/// <summary> Signs in with email address and password, or with a passkey. <see cref="PasswordAuthenticator"/> and <see
/// cref="PasskeyCeremonies"/> enforce limits and equal answers.
/// </summary>
[AsksForChallenge(ForgivesSuccess = true)]
internal sealed class SignInModel(
    PasswordAuthenticator authenticator,
    PasskeyCeremonies passkeys,
    SignInDispatcher dispatcher,
    MagicLinkStore links,
    MailCodeStore codes,
    ProtectedCookies cookies,
    IOptions<SignUpOptions> registration,
    IStringLocalizer<SignInTexts> texts
) : HostedPage
{
    public sealed class Form
    {
        public string? Email { get; set; }
        public string? Password { get; set; }
    }

    private static readonly string[] ByPassword = ["pwd"];

    /// <summary>Why the person was sent here, before they typed anything: the key of a text, or null.</summary>
    public string? Note =>
        !ModelState.IsValid || RetryAfter is not null
            ? null
            : Request.Query["note"].ToString() switch
            {
                "verified" => "SignIn.Verified",
                "reset" => "SignIn.Reset",
                "secured" => "SignIn.Secured",
                _ => null,
            };

    /// <summary>Whether sign-in links are on.</summary>
    public bool HasLinks => links.IsOn;

    /// <summary>Whether sign-in codes are on.</summary>
    public bool HasCodes => codes.IsOn;

    /// <summary>Whether registration is open.</summary>
    public bool CanRegister => registration.Value.IsOpen;

    [BindProperty]
    public Form Input { get; set; } = new();

    public async Task<IActionResult> OnGetAsync()
    {
        var session = await GetSessionAsync();
        // A client that sends a signed-in person here requires a new authentication; any other signed-in person is
        // redirected.
        if (session is not null && Authorization is null)
            return SeeOther(ReturnUrl ?? LocalUrl.Account);
        Input.Email =
            EmailAddress.TryParse(Authorization?.LoginHint, out var hint) ? hint.Value
            : Authorization?.Prompt.Contains("select_account") is true ? null
            : session?.Email ?? (Note is null ? null : PendingMailState.Read(HttpContext, cookies)?.Email);
        return Page();
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (string.IsNullOrWhiteSpace(Input.Email))
            Wrong("Input.Email", texts["Email.Missing"]);
        if (string.IsNullOrEmpty(Input.Password))
            Wrong("Input.Password", texts["Password.Missing"]);
        if (!ModelState.IsValid)
            return Page();
        if (!PlainTextPassword.TryCreate(Input.Password, out var password))
        {
            Wrong("Input.Password", texts["SignIn.Wrong"]);
            return Refused();
        }

        return await authenticator.AuthenticateAsync(
            Input.Email!.Trim(),
            password,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted,
            account => dispatcher.RefusesAsync(HttpContext, account, ByPassword, ReturnUrl)
        ) switch
        {
            PasswordAuthenticationResult.Success success => await GoOnAsync(success.User.Credential, ByPassword),
            PasswordAuthenticationResult.Throttled throttled => Later(
                StatusCodes.Status429TooManyRequests,
                throttled.RetryAfter
            ),
            PasswordAuthenticationResult.Busy busy => Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter),
            PasswordAuthenticationResult.Failure { IsPaused: true } => WrongCredentials("SignIn.Paused"),
            _ => WrongCredentials("SignIn.Wrong"),
        };
    }

    /// <summary>For the script: begins a sign-in by passkey.</summary>
    public Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        passkeys.BeginProofAsync(HttpContext, PasskeyCeremony.SignIn, null);

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential) =>
        await passkeys.FinishProofAsync(HttpContext, PasskeyCeremony.SignIn, null, credential) switch
        {
            PasskeyProof.Proved proof => await GoOnAsync(proof.Owner, PasskeyCeremonies.Amr),
            var refused => SeeOther(
                PasskeyForm.Refused("/sign-in", ReturnUrl, refused is PasskeyProof.Refused { IsUnknown: true })
            ),
        };

    private async Task<IActionResult> GoOnAsync(CredentialProof proof, string[] amr)
    {
        switch (await dispatcher.NextAsync(HttpContext, proof, amr, ReturnUrl))
        {
            case SignInNext.GoTo goTo:
                return SeeOther(goTo.LocalUrl);
            case SignInNext.TooManySessions:
                Wrong("", texts["SignIn.TooManySessions"]);
                return Page();
            default:
                return WrongCredentials("SignIn.Wrong");
        }
    }

    private PageResult WrongCredentials(string text)
    {
        Wrong("Input.Password", texts[text]);
        return Page();
    }
}
