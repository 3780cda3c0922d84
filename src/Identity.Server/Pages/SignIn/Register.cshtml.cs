using System.Globalization;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.SignUp;
using Identity.Server.Browser;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.SignIn;

/// <summary>Creates an account. The answer is the same for an address with and without an account (EN-3).</summary>
[AsksForChallenge]
internal sealed class RegisterModel(
    AccountCreator registrar,
    IOptions<SignUpOptions> registration,
    ProtectedCookies cookies,
    PasswordAdvice advice,
    IStringLocalizer<SignInTexts> texts,
    IStringLocalizer<SharedTexts> shared
) : HostedPage
{
    public const int MaxNameLength = 200;

    public sealed class Form
    {
        public string? Name { get; set; }
        public string? Email { get; set; }
        public string? NewPassword { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The domains whose addresses may sign up, to read; null if any may.</summary>
    public string? Domains =>
        registration.Value.EmailDomains is { Count: > 0 } domains ? string.Join(", ", domains) : null;

    public IActionResult OnGet()
    {
        if (!registration.Value.IsOpen)
            return NotFound();
        Input.Email = EmailAddress.TryParse(Authorization?.LoginHint, out var hint) ? hint.Value : null;
        return Page();
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null && registration.Value.IsOpen ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (!registration.Value.IsOpen)
            return NotFound();
        if (!PersonalText.TryRead(Input.Name, MaxNameLength, out var name))
            Wrong("Input.Name", texts["Name.Unusable"]);
        if (!EmailAddress.TryParse(Input.Email?.Trim(), out var email))
            Wrong("Input.Email", texts[string.IsNullOrWhiteSpace(Input.Email) ? "Email.Missing" : "Email.Malformed"]);
        if (string.IsNullOrEmpty(Input.NewPassword))
            Wrong("Input.NewPassword", texts["Password.Choose"]);
        else if (!PlainTextPassword.TryCreate(Input.NewPassword, out _))
            Wrong("Input.NewPassword", shared["Password.Unusable"]);
        if (!ModelState.IsValid || email is null || !PlainTextPassword.TryCreate(Input.NewPassword, out var password))
            return Page();

        switch (
            await registrar.SignUpAsync(
                email.Value,
                password,
                name,
                CultureInfo.CurrentUICulture.Name,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            case SignUpResult.Refused refused:
                Wrong("Input.NewPassword", advice.Explain(refused.Judgement));
                return Page();
            case SignUpResult.Closed:
                return NotFound();
            case SignUpResult.DomainNotAllowed:
                Wrong("Input.Email", texts["Register.Domain", Domains!]);
                return Page();
            case SignUpResult.InvalidEmail:
                Wrong("Input.Email", texts["Email.Malformed"]);
                return Page();
            case SignUpResult.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            case SignUpResult.Busy busy:
                return Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter);
            case SignUpResult.Accepted accepted:
                SignUpBrowser.Keep(HttpContext, cookies, accepted.Browser);
                PendingMailState.Keep(HttpContext, cookies, email.Value, ReturnUrl);
                return SeeOther(LocalUrl.With("/check-mail", ReturnUrl));
            default:
                throw new InvalidOperationException("A result that nobody knows.");
        }
    }

    /// <summary>For the meter.</summary>
    public Task<IActionResult> OnPostStrengthAsync() =>
        advice.MeterAsync(
            HttpContext,
            Input.NewPassword,
            new[] { Input.Name, Input.Email?.Split('@')[0] }
                .OfType<string>()
                .Where(static word => word.Length <= MaxNameLength)
        );
}
