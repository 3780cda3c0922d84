using System.Globalization;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Recovery;

/// <summary>Mails a sign-in code and takes it back in the same browser. The code is a first factor like a password
/// (MF-7). The page does not exist while these codes are off.</summary>
[AsksForChallenge]
internal sealed class RequestCodeModel(
    MailCodeStore codes,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    IStringLocalizer<RecoveryTexts> texts,
    IStringLocalizer<SignInTexts> signIn
) : HostedPage
{
    private const string BrowserCookie = "__Host-sign-in-code";
    private const string CodeHandler = "Code";

    /// <summary>The lifetime of the code.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public sealed class Form
    {
        public string? Email { get; set; }
        public string? Code { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>Whether the page asks for the code.</summary>
    public bool IsSent { get; private set; }

    public IActionResult OnGet()
    {
        if (!codes.IsOn)
            return NotFound();
        IsSent = Request.Query.ContainsKey("sent") && Browser is not null;
        Input.Email = EmailAddress.TryParse(Authorization?.LoginHint, out var hint) ? hint.Value : null;
        return Page();
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler)
    {
        IsSent = handler == CodeHandler && Browser is not null;
        return Task.FromResult<IActionResult?>(codes.IsOn && handler is null or CodeHandler ? Page() : null);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (!codes.IsOn)
            return NotFound();
        if (ReadAddress(Input.Email, texts) is not { } email)
            return Page();
        switch (
            await codes.RequestAsync(
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
                return SeeOther(LocalUrl.With("/sign-in/code?sent", ReturnUrl));
            case MagicLinkRequestResult.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            default:
                return NotFound();
        }
    }

    public async Task<IActionResult> OnPostCodeAsync()
    {
        if (!codes.IsOn)
            return NotFound();
        if (Browser is not { } browser)
            return Again("MailCode.Over");
        IsSent = true;
        if (string.IsNullOrWhiteSpace(Input.Code))
            return WrongCode("MailCode.Missing");
        var typed = SecondFactor.WithoutSpaces(Input.Code);
        switch (await codes.RedeemAsync(browser, typed, HttpContext.ReadRequestContext(), HttpContext.RequestAborted))
        {
            case MailCodeResult.Proved proved:
                ProtectedCookies.Forget(HttpContext, BrowserCookie);
                return await GoOnAsync(proved);
            case MailCodeResult.Locked locked:
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            case MailCodeResult.Wrong:
                return WrongCode("MailCode.Wrong");
            default:
                return Again("MailCode.Over");
        }
    }

    private async Task<IActionResult> GoOnAsync(MailCodeResult.Proved proved)
    {
        switch (await dispatcher.NextAsync(HttpContext, proved.Credential, MagicLinkModel.Amr, proved.ReturnUrl))
        {
            case SignInNext.GoTo goTo:
                return SeeOther(goTo.LocalUrl);
            case SignInNext.TooManySessions:
                IsSent = false;
                Wrong("", signIn["SignIn.TooManySessions"]);
                return Page();
            default:
                return Again("MailCode.Over");
        }
    }

    private OpaqueToken? Browser =>
        OpaqueToken.TryParse(cookies.Read(HttpContext, BrowserCookie), out var browser) ? browser : null;

    private PageResult WrongCode(string text)
    {
        ModelState.Remove("Input.Code");
        Input.Code = null;
        Wrong("Input.Code", texts[text]);
        return Page();
    }

    // The code has expired or had its tries: the form for a new one.
    private PageResult Again(string text)
    {
        IsSent = false;
        ProtectedCookies.Forget(HttpContext, BrowserCookie);
        ModelState.Remove("Input.Code");
        Wrong("", texts[text]);
        return Page();
    }
}
