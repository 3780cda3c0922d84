using Identity.Core.Passkeys;
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

/// <summary>The second step of signing in: a code of the app, a recovery code, or a passkey; a mailed code where the
/// settings allow it. Without a first step, the page leads back to the sign-in page.</summary>
internal sealed class TwoFactorModel(
    PendingSignIn pending,
    SignInDispatcher dispatcher,
    SecondFactor factor,
    UserStore users,
    PasskeyStore passkeys,
    PasskeyCeremonies ceremonies,
    TrustedBrowser trusted,
    MailedSecondFactor mailed,
    SignInRisk risk,
    IStringLocalizer<TwoFactorTexts> texts
) : SignInStepPage(pending, dispatcher, texts)
{
    public sealed class Form
    {
        public string? Code { get; set; }
        public string? RecoveryCode { get; set; }
        public bool Remember { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>Whether the page asks for a recovery code instead of one of the app.</summary>
    [BindProperty(SupportsGet = true, Name = "recovery")]
    public bool Recovery { get; set; }

    /// <summary>The same page for the other kind of code.</summary>
    public string OtherWay => LocalUrl.With(Recovery ? "/two-factor" : "/two-factor?recovery=true", ReturnUrl);

    /// <summary>This page for the same kind of code.</summary>
    public string ThisWay => LocalUrl.With(Recovery ? "/two-factor?recovery=true" : "/two-factor", ReturnUrl);

    /// <summary>Whether the person may use a passkey instead.</summary>
    public bool HasPasskeys { get; private set; }

    /// <summary>Whether the person may have a code mailed instead.</summary>
    public bool MayUseMail { get; private set; }

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? await NothingPendingAsync() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is null ? await OnGetAsync() : null;

    public async Task<IActionResult> OnPostAsync()
    {
        if (await ReadAsync() is not { } challenge)
            return await NothingPendingAsync();
        if (string.IsNullOrWhiteSpace(Recovery ? Input.RecoveryCode : Input.Code))
        {
            Wrong(Field, Texts["Code.Missing"]);
            return Page();
        }

        var answer = Recovery
            ? await factor.CheckRecoveryCodeAsync(HttpContext, challenge.Credential, Input.RecoveryCode)
            : await factor.CheckAppCodeAsync(HttpContext, challenge.Credential, Input.Code);
        switch (answer.Result)
        {
            case SecondFactorResult.Accepted:
                return await GoOnAsync(answer.Amr);
            case SecondFactorResult.Locked locked:
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            case SecondFactorResult.Unavailable:
                Wrong(Field, Texts["Code.Unavailable"]);
                Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Page();
            default:
                ModelState.Remove(Field);
                (Input.Code, Input.RecoveryCode) = (null, null);
                Wrong(Field, Texts[Recovery ? "Code.RecoveryWrong" : "Code.AppWrong"]);
                return Page();
        }
    }

    /// <summary>Mails a code to use instead.</summary>
    public async Task<IActionResult> OnPostMailAsync()
    {
        if (await ReadAsync() is not { } challenge || PendingSignIn.TokenOf(HttpContext) is not { } token)
            return await NothingPendingAsync();
        if (!MayUseMail)
            return SeeOther(LocalUrl.With("/two-factor", ReturnUrl));
        await risk.SendCodeAsync(HttpContext, token, challenge.UserId);
        return SeeOther(LocalUrl.With("/confirm-sign-in", ReturnUrl));
    }

    /// <summary>For the script: begins a passkey proof by the person whose password was right.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        await Pending.ReadAsync(HttpContext) is { } challenge
        && await users.FindAsync(challenge.UserId, HttpContext.RequestAborted) is { } user
            ? await ceremonies.BeginProofAsync(HttpContext, PasskeyCeremony.SecondFactor, user)
            : SeeOther(LocalUrl.With("/two-factor", ReturnUrl));

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential)
    {
        if (await ReadAsync() is not { } challenge)
            return await NothingPendingAsync();
        return
            await ceremonies.FinishProofAsync(
                HttpContext,
                PasskeyCeremony.SecondFactor,
                challenge.Credential,
                credential
            ) is PasskeyProof.Refused
            ? SeeOther(PasskeyForm.Refused("/two-factor", ReturnUrl))
            : await GoOnAsync(PasskeyCeremonies.Amr);
    }

    private async Task<LoginChallenge?> ReadAsync()
    {
        var challenge = await Pending.ReadAsync(HttpContext);
        HasPasskeys = challenge is not null && await passkeys.HasAnyAsync(challenge.UserId, HttpContext.RequestAborted);
        MayUseMail = challenge is not null && await mailed.IsOfferedAsync(HttpContext, challenge, ReturnUrl);
        return challenge;
    }

    private string Field => Recovery ? "Input.RecoveryCode" : "Input.Code";

    /// <inheritdoc />
    protected override Task CompletedAsync(LoginChallenge challenge) =>
        Input.Remember ? trusted.RememberAsync(HttpContext, challenge.Credential) : Task.CompletedTask;
}
