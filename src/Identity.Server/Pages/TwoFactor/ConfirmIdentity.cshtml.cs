using Identity.Core.Credentials;
using Identity.Core.Grants;
using Identity.Core.Passkeys;
using Identity.Core.Passwords;
using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.TwoFactor;

/// <summary> The step-up: a signed-in person authenticates again with all their factors (SE-10), before changing what
/// protects the account, or if a client requires two factors that this session has not used (MF-8).
/// </summary>
internal sealed class ConfirmIdentityModel(
    UserStore users,
    PasswordAuthenticator authenticator,
    SecondFactor factor,
    PasskeyStore passkeys,
    PasskeyCeremonies ceremonies,
    SessionStarter sessions,
    IEnumerable<IAuthorizationInteraction> interactions,
    IStringLocalizer<TwoFactorTexts> texts
) : HostedPage
{
    public sealed class Form
    {
        public string? Password { get; set; }
        public string? Code { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    public string Email { get; private set; } = "";

    public bool HasPassword { get; private set; }

    public bool HasSecondFactor { get; private set; }

    /// <summary>A passkey counts as all factors.</summary>
    public bool HasPasskeys { get; private set; }

    /// <summary>Whether a client requires a second factor and none is set up.</summary>
    public bool MustEnrol => !HasSecondFactor && !HasPasskeys && SecondFactor.IsAskedFor(Authorization);

    /// <summary>Whether a password, with a code if one is due, is enough here.</summary>
    public bool MayUsePassword => HasPassword && (HasSecondFactor || !SecondFactor.IsAskedFor(Authorization));

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? SignInFirst() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is null ? await OnGetAsync() : null;

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ReadAsync() is not { } facts)
            return SignInFirst();
        if (MustEnrol || !MayUsePassword)
            return Page();
        if (string.IsNullOrEmpty(Input.Password))
            Wrong("Input.Password", texts["Confirm.PasswordMissing"]);
        if (HasSecondFactor && string.IsNullOrWhiteSpace(Input.Code))
            Wrong("Input.Code", texts["Code.Missing"]);
        if (!ModelState.IsValid)
            return Page();
        if (!PlainTextPassword.TryCreate(Input.Password, out var password))
        {
            Wrong("Input.Password", texts["Confirm.PasswordWrong"]);
            return Refused();
        }

        var authentication = await authenticator.AuthenticateAsync(
            facts.Account.Email,
            password,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        switch (authentication)
        {
            case PasswordAuthenticationResult.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            case PasswordAuthenticationResult.Busy busy:
                return Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter);
            case PasswordAuthenticationResult.Failure failure:
                Wrong("Input.Password", texts[failure.IsPaused ? "Confirm.Paused" : "Confirm.PasswordWrong"]);
                return Page();
        }
        return await CheckCodeAsync(facts, ((PasswordAuthenticationResult.Success)authentication).User.Credential);
    }

    /// <summary>For the script: begins a proof by passkey.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        await ReadAsync() is { } facts
            ? await ceremonies.BeginProofAsync(HttpContext, PasskeyCeremony.StepUp, facts.Account)
            : SignInFirst();

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential)
    {
        if (await ReadAsync() is not { } facts)
            return SignInFirst();
        return
            await ceremonies.FinishProofAsync(HttpContext, PasskeyCeremony.StepUp, facts.Account.Credential, credential)
                is PasskeyProof.Proved proof
            ? await DoneAsync(facts.Session, proof.Owner, PasskeyCeremonies.Amr)
            : SeeOther(PasskeyForm.Refused("/confirm-identity", ReturnUrl));
    }

    /// <summary>The person declines what the client requires.</summary>
    public IActionResult OnPostDecline() =>
        SeeOther(Authorization is null ? LocalUrl.Account : interactions.Single().Deny(ReturnUrl!, "access_denied"));

    private async Task<IActionResult> CheckCodeAsync(AccountFacts facts, CredentialProof proof)
    {
        if (!HasSecondFactor)
            return await DoneAsync(facts.Session, proof, ["pwd"]);
        var answer = await factor.CheckAnyAsync(HttpContext, proof, Input.Code);
        switch (answer.Result)
        {
            case SecondFactorResult.Accepted:
                return await DoneAsync(facts.Session, proof, ["pwd", .. answer.Amr]);
            case SecondFactorResult.Locked locked:
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            case SecondFactorResult.Unavailable:
                Wrong("Input.Code", texts["Code.Unavailable"]);
                Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Page();
            default:
                ModelState.Remove("Input.Code");
                Input.Code = null;
                Wrong("Input.Code", texts["Confirm.CodeWrong"]);
                return Page();
        }
    }

    private async Task<IActionResult> DoneAsync(ActiveSession session, CredentialProof proof, string[] amr)
    {
        var acr = amr.Contains("mfa") ? AuthenticationContext.TwoFactors : null;
        if (
            await sessions.MarkStepUpAsync(
                session.Id,
                proof,
                amr,
                acr,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            is not { } token
        )
            return SignInFirst();
        BrowserSession.Keep(HttpContext, session.Id, token);
        return SeeOther(ReturnUrl ?? LocalUrl.Account);
    }

    private async Task<AccountFacts?> ReadAsync()
    {
        if (await AccountFacts.ReadAsync(HttpContext, users) is not { } facts)
            return null;
        (Email, HasPassword, HasSecondFactor) = (
            facts.Account.Email,
            facts.Account.HasPassword,
            facts.Account.TwoFactorEnabled
        );
        HasPasskeys = await passkeys.HasAnyAsync(facts.Account.Id, HttpContext.RequestAborted);
        return facts;
    }

    private IActionResult SignInFirst() => SeeOther(LocalUrl.With("/sign-in", ReturnUrl));
}
