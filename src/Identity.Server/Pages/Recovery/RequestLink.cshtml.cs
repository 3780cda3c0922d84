using System.Globalization;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>Requests a sign-in link for this browser only, which keeps the other half of the proof. The page does not
/// exist while these links are off.</summary>
[AsksForChallenge]
internal sealed class RequestLinkModel(
    MagicLinkStore links,
    ProtectedCookies cookies,
    IStringLocalizer<RecoveryTexts> texts
) : HostedPage
{
    /// <summary>The cookie of the requesting browser.</summary>
    public const string BrowserCookie = "__Host-magic-browser";

    /// <summary>The lifetime of the link.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public sealed class Form
    {
        public string? Email { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    public bool IsSent => Request.Query.ContainsKey("sent");

    public IActionResult OnGet()
    {
        if (!links.IsOn)
            return NotFound();
        Input.Email = EmailAddress.TryParse(Authorization?.LoginHint, out var hint) ? hint.Value : null;
        return Page();
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null && links.IsOn ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (!links.IsOn)
            return NotFound();
        if (ReadAddress(Input.Email, texts) is not { } email)
            return Page();
        switch (
            await links.RequestAsync(
                email.Value,
                CultureInfo.CurrentUICulture.Name,
                ReturnUrl,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            case MagicLinkRequestResult.Accepted accepted:
                cookies.Keep(HttpContext, BrowserCookie, accepted.BrowserToken.Value, Lifetime);
                return SeeOther(LocalUrl.With("/sign-in/link?sent", ReturnUrl));
            case MagicLinkRequestResult.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            default:
                return NotFound();
        }
    }
}
