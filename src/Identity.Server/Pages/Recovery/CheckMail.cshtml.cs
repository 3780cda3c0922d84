using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>
/// After a registration, whatever came of it (EN-3): look into your mailbox. Sends the mail once more when asked; how
/// often one address gets one is capped, and the page says the same beyond the cap (RV-10).
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

    /// <summary>The address that this browser registered; null when it did not, and then the form asks for
    /// one.</summary>
    public string? Email { get; private set; }

    /// <summary>A mail was asked for once more.</summary>
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
            Language.Current.Code,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        if (result is MailRequestResult.Throttled throttled)
            return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
        PendingMailState.Keep(HttpContext, cookies, email.Value, ReturnUrl ?? state?.ReturnUrl);
        return SeeOther(LocalUrl.With("/check-mail?sent", ReturnUrl));
    }

    /// <summary>It was the wrong address: forgets it, and asks for another.</summary>
    public IActionResult OnPostOther()
    {
        PendingMailState.Forget(HttpContext);
        return SeeOther(LocalUrl.With("/register", ReturnUrl));
    }
}
