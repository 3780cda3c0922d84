using System.Globalization;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>Requests a link to choose a new password. Answer and work are the same for every address (EN-1).</summary>
[AsksForChallenge]
internal sealed class ForgotPasswordModel(
    PasswordRecovery recovery,
    ProtectedCookies cookies,
    IStringLocalizer<RecoveryTexts> texts
) : HostedPage
{
    public sealed class Form
    {
        public string? Email { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>Whether the mail was requested.</summary>
    public bool IsSent => Request.Query.ContainsKey("sent") && Email is not null;

    /// <summary>Whether a change of address was just undone, so that a stranger may know the password.</summary>
    public bool IsReverted => Request.Query.ContainsKey("reverted");

    /// <summary>Whether the account was just secured in this browser, so that its password was removed.</summary>
    public bool IsSecured => Request.Query.ContainsKey("secured");

    /// <summary>The address typed in this browser.</summary>
    public string? Email { get; private set; }

    public void OnGet()
    {
        Email = PendingMailState.Read(HttpContext, cookies)?.Email;
        Input.Email = EmailAddress.TryParse(Authorization?.LoginHint, out var hint)
            ? hint.Value
            : Email ?? SignInAddress.Read(HttpContext, cookies)?.Value;
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (ReadAddress(Input.Email, texts) is not { } email)
            return Page();
        if (
            await recovery.RequestAsync(
                email.Value,
                CultureInfo.CurrentUICulture.Name,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            is MailRequestResult.Throttled throttled
        )
            return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
        PendingMailState.Keep(HttpContext, cookies, email.Value, ReturnUrl);
        return SeeOther(LocalUrl.With("/forgot-password?sent", ReturnUrl));
    }
}
