using System.Globalization;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary> Shown after every registration, whatever its result (EN-3): check your email. Sends the mail again on
/// request; the number of mails per address is limited, and the page shows the same beyond the limit (RV-10).
/// </summary>
internal sealed class CheckMailModel(
    EmailVerifier verifier,
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

    /// <summary>The address that this browser registered; null if it did not, and then the form asks for one.</summary>
    public string? Email { get; private set; }

    /// <summary>Whether the mail was requested again.</summary>
    public bool IsSent => Request.Query.ContainsKey("sent");

    public void OnGet() => Email = PendingMailState.Read(HttpContext, cookies)?.Email;

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler)
    {
        OnGet();
        return Task.FromResult<IActionResult?>(handler is null ? Page() : null);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var state = PendingMailState.Read(HttpContext, cookies);
        Email = state?.Email;
        if (ReadAddress(Email ?? Input.Email, texts) is not { } email)
            return Page();
        var result = await verifier.ResendAsync(
            email.Value,
            CultureInfo.CurrentUICulture.Name,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        if (result is MailRequestResult.Throttled throttled)
            return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
        PendingMailState.Keep(HttpContext, cookies, email.Value, ReturnUrl ?? state?.ReturnUrl);
        return SeeOther(LocalUrl.With("/check-mail?sent", ReturnUrl));
    }

    /// <summary>For a mistyped address: removes it and asks for another.</summary>
    public IActionResult OnPostOther()
    {
        PendingMailState.Forget(HttpContext);
        return SeeOther(LocalUrl.With("/register", ReturnUrl));
    }
}
