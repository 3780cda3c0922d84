using Identity.Core.Credentials;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.External;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.SignIn;

/// <summary> Signs in with email address and password, or with a passkey. <see cref="PasswordAuthenticator"/> and <see
/// cref="PasskeyCeremonies"/> enforce limits and equal answers. An identifier-first sign-in (<see
/// cref="SignInPageOptions.IdentifierFirst"/>) is this page twice: first it asks for the address, then it shows the
/// ways to sign in.
/// </summary>
[AsksForChallenge(ForgivesSuccess = true)]
[NamesItsAccount]
internal sealed class SignInModel(
    PasswordAuthenticator authenticator,
    PasskeyCeremonies passkeys,
    BrowserAccounts accounts,
    SignInDispatcher dispatcher,
    MagicLinkStore links,
    MailCodeStore codes,
    ProtectedCookies cookies,
    SignInMethods methods,
    ExternalProviders providers,
    IOptions<SignInPageOptions> options,
    IOptions<SignUpOptions> registration,
    IStringLocalizer<SignInTexts> texts
) : HostedPage
{
    public sealed class Form
    {
        public string? Email { get; set; }
        public string? Password { get; set; }
    }

    /// <summary>The second page of an identifier-first sign-in. It has a URL of its own, so that the back button, a
    /// reload and a second tab show what they should.</summary>
    public const string SecondPage = "/sign-in?identified";

    /// <summary>The first page, even if an address is known.</summary>
    public const string FirstPage = "/sign-in?change";

    /// <summary>The page for a person who adds an account to those of this browser.</summary>
    public const string AddPath = "/sign-in?add";

    private static readonly string[] ByPassword = ["pwd"];
    private static readonly string[] IdentifierPages = ["identified", "change"];

    private ShownMethods? _methods;

    /// <summary>The path of this page, with what it was opened for.</summary>
    public string Here => IsAdding ? AddPath : "/sign-in";

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

    /// <summary>The pages that mail something to sign in with, and their texts.</summary>
    public IEnumerable<(string Path, string Text)> ByMail
    {
        get
        {
            if (links.IsOn)
                yield return ("/sign-in/link", "SignIn.ByLink");
            if (codes.IsOn)
                yield return ("/sign-in/code", "SignIn.ByCode");
        }
    }

    /// <summary>Whether registration is open.</summary>
    public bool CanRegister => registration.Value.IsOpen;

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>Whether this is the first page of an identifier-first sign-in.</summary>
    public bool AsksForAddress =>
        options.Value.IdentifierFirst && (Address is null || ModelState["Input.Email"] is { Errors.Count: > 0 });

    /// <summary>The address of the first page, on the second; null while identifier-first is off.</summary>
    public string? KnownAddress => options.Value.IdentifierFirst && !AsksForAddress ? Address?.Value : null;

    /// <summary>The ways to sign in to show.</summary>
    public ShownMethods Methods => _methods ??= methods.AllFor(KnownAddress is null ? null : Address);

    /// <summary>Whether the person was sent to another provider because of the domain of their address, and may want to
    /// sign in here.</summary>
    public bool CameFromProvider =>
        AsksForAddress
        && SignInAddress.Read(HttpContext, cookies) is { } address
        && providers.HomeOf(address) is not null;

    // Both pages of an identifier-first sign-in are opened on purpose.
    private bool IsAdding =>
        accounts.AreSeveral && (Request.Query.ContainsKey("add") || IdentifierPages.Any(Request.Query.ContainsKey));

    private EmailAddress? Address => EmailAddress.TryParse(Input.Email?.Trim(), out var address) ? address : null;

    public async Task<IActionResult> OnGetAsync()
    {
        var session = await GetSessionAsync();
        // A client that sends a signed-in person here requires a new authentication; any other signed-in person is
        // redirected, unless they add an account.
        if (Authorization is null && !IsAdding)
        {
            if (session is not null)
                return SeeOther(ReturnUrl ?? LocalUrl.Account);
            if (Note is null && !Request.Query.ContainsKey("passkey") && accounts.HoldsOthers(HttpContext))
                return SeeOther(LocalUrl.With("/choose-account", ReturnUrl));
        }
        Input.Email = KnownEmail(session);
        if (KnownAddress is not null)
            _methods = await methods.ForAsync(HttpContext, Address!);
        return Page();
    }

    private string? KnownEmail(ActiveSession? session)
    {
        if (options.Value.IdentifierFirst)
        {
            if (Request.Query.ContainsKey("change"))
                return null;
            if (Request.Query.ContainsKey("identified") && SignInAddress.Read(HttpContext, cookies) is { } typed)
                return typed.Value;
        }
        return EmailAddress.TryParse(Authorization?.LoginHint, out var hint) ? hint.Value
            : Request.Query.ContainsKey("add") || Authorization?.Prompt.Contains("select_account") is true ? null
            : session?.Email ?? (Note is null ? null : PendingMailState.Read(HttpContext, cookies)?.Email);
    }

    /// <summary>The first page of an identifier-first sign-in was sent. What follows depends on the settings and the
    /// domain alone: no account is looked up (EN-1), and nothing is tried, so nothing is counted.</summary>
    public IActionResult OnPostAddress()
    {
        if (!options.Value.IdentifierFirst)
            return NotFound();
        if (ReadAddress(Input.Email, texts) is not { } address)
            return Page();
        SignInAddress.Keep(HttpContext, cookies, address);
        return SeeOther(LocalUrl.With(providers.HomeOf(address) is null ? SecondPage : "/external/start", ReturnUrl));
    }

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(
            handler is null || (handler == "Address" && options.Value.IdentifierFirst) ? Page() : null
        );

    public async Task<IActionResult> OnPostAsync()
    {
        if (options.Value.IdentifierFirst && ReadAddress(Input.Email, texts) is null)
            return Page();
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
                PasskeyForm.Refused(Here, ReturnUrl, refused is PasskeyProof.Refused { IsUnknown: true })
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
