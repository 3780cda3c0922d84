using Identity.Core.Credentials;
using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Risk;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation.Languages;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Flow;

/// <summary>A sign-in in progress: the person, the methods so far (RFC 8176), and the return URL.</summary>
/// <param name="Credential">The verified credential: the session is started only while it is still valid.</param>
/// <param name="HasMailedCode">Whether a mailed code was entered that stands in for the second factor.</param>
/// <param name="MustVerifyEmail">Whether the person must prove their address first
/// (<c>Identity:Registration:RequireVerifiedEmail</c>).</param>
/// <param name="MayOmitSecondFactor">Whether the browser is trusted and no client requires the second factor (MF-7,
/// MF-8).</param>
internal sealed record SignInState(
    UserAccount User,
    CredentialProof Credential,
    string[] Amr,
    string? ReturnUrl,
    bool MayOmitSecondFactor,
    bool HasMailedCode,
    bool MustVerifyEmail
)
{
    /// <summary>The risk of the sign-in; evaluated only once no other step is due.</summary>
    public RiskAssessment Risk { get; init; } = RiskAssessment.None;
}

/// <summary>The outcome of a sign-in step.</summary>
internal abstract record SignInNext
{
    private SignInNext() { }

    /// <summary>Continue at this local URL: the next step or, once the session is started, the return URL.</summary>
    public sealed record GoTo(string LocalUrl) : SignInNext;

    /// <summary>The person has reached the limit of sessions (SE-9).</summary>
    public sealed record TooManySessions : SignInNext;

    /// <summary>The risk is too high and no second factor was used: answer as for wrong credentials.</summary>
    public sealed record Refused : SignInNext;

    /// <summary>The account may not act, or the verified credential has changed meanwhile.</summary>
    public sealed record AccountUnavailable : SignInNext;
}

/// <summary> Every step of a sign-in ends here, and no step calls another: the table decides, from the account's state
/// in the database, which step is due. If none is, the session is started. This also works after the back button, in a
/// second tab and after a restart of the server.
/// </summary>
internal sealed class SignInDispatcher(
    SessionStarter starter,
    BrowserAccounts accounts,
    UserStore users,
    PendingSignIn pending,
    TrustedBrowser trusted,
    MailedSecondFactor mailed,
    SignInRisk risk,
    StateCookie state,
    PasskeyOffers offers,
    IOptions<SignUpOptions> registration
)
{
    /// <summary>A step: its page and its condition.</summary>
    private sealed record Step(string Path, Func<SignInState, bool> IsDue);

    private const string MailedCodePath = "/confirm-sign-in";

    /// <summary>The page that offers a passkey. It proves nothing, so it comes once the session is there, and its only
    /// link leads to the return URL.</summary>
    private const string OfferPath = "/sign-in/passkey";

    /// <summary>In order. A step whose page proves something adds a method to <see cref="SignInState.Amr"/>.</summary>
    private static readonly Step[] Steps =
    [
        // RV-8: comes first, because the first proof of an address removes a second factor that was set up before it.
        new("/verify-first", static state => state.MustVerifyEmail && !state.User.EmailVerified),
        // MF-7: a password alone never signs in to an account with a second factor, unless its owner trusts this
        // browser and the sign-in is not unusual, or a mailed code may stand in and risk does not refuse it.
        new(
            "/two-factor",
            static state =>
                NeedsSecondFactor(state.User, state.Amr)
                && (!state.MayOmitSecondFactor || state.Risk.Step >= RiskStep.SecondFactor)
                && (!state.HasMailedCode || state.Risk.Step >= RiskStep.Refusal)
        ),
        new(MailedCodePath, static state => SignInRisk.NeedsMailedCode(state)),
    ];

    /// <summary>After a step: the account is read again, so that changes since the last step count.</summary>
    public async Task<SignInNext> NextAsync(HttpContext http, CredentialProof proof, string[] amr, string? returnUrl)
    {
        if (
            await users.FindAsync(proof.UserId, http.RequestAborted) is not { MayAct: true } user
            || user.CredentialVersion != proof.Version
        )
            return new SignInNext.AccountUnavailable();

        var signIn = await StateAsync(http, user, proof, amr, returnUrl);
        if (DueOf(signIn) is { } due)
            return await GoToAsync(http, signIn, due);
        signIn = signIn with { Risk = await risk.JudgeAsync(http, signIn.User.Id, http.RequestAborted) };
        if (SignInRisk.Refuses(signIn))
        {
            await risk.RecordAsync(http, signIn, isRefused: true, http.RequestAborted);
            return new SignInNext.Refused();
        }
        if (DueOf(signIn) is not { } asked)
            return await StartAsync(http, signIn);
        await risk.RecordAsync(http, signIn, isRefused: false, http.RequestAborted);
        return await GoToAsync(http, signIn, asked);
    }

    /// <summary>Whether the risk refuses a sign-in by a right password; a refusal is recorded. Asked before the
    /// password counts as right, and to the end even if the caller leaves, as the password itself is.</summary>
    public async Task<bool> RefusesAsync(HttpContext http, UserAccount user, string[] amr, string? returnUrl)
    {
        var signIn = await StateAsync(http, user, user.Credential, amr, returnUrl);
        if (DueOf(signIn) is not null)
            return false;
        signIn = signIn with { Risk = await risk.JudgeAsync(http, user.Id, CancellationToken.None) };
        if (!SignInRisk.Refuses(signIn))
            return false;
        await risk.RecordAsync(http, signIn, isRefused: true, CancellationToken.None);
        return true;
    }

    private async Task<SignInState> StateAsync(
        HttpContext http,
        UserAccount user,
        CredentialProof proof,
        string[] amr,
        string? returnUrl
    ) =>
        new(
            user,
            proof,
            amr,
            LocalUrl.OrNull(returnUrl),
            NeedsSecondFactor(user, amr) && await MayOmitSecondFactorAsync(http, user.Id, returnUrl),
            NeedsSecondFactor(user, amr) && await mailed.IsAcceptedAsync(http, user, amr, returnUrl),
            registration.Value.RequireVerifiedEmail
        );

    private static Step? DueOf(SignInState signIn) => Array.Find(Steps, step => step.IsDue(signIn));

    private async Task<SignInNext> GoToAsync(HttpContext http, SignInState signIn, Step due)
    {
        var challenge = await pending.KeepAsync(http, new(signIn.Credential, signIn.Amr, signIn.ReturnUrl));
        if (due.Path == MailedCodePath)
            await risk.SendCodeAsync(http, challenge, signIn.User.Id);
        return new SignInNext.GoTo(LocalUrl.With(due.Path, signIn.ReturnUrl));
    }

    private static bool NeedsSecondFactor(UserAccount user, string[] amr) =>
        user.TwoFactorEnabled && !amr.Contains("mfa");

    private async Task<bool> MayOmitSecondFactorAsync(HttpContext http, Guid userId, string? returnUrl) =>
        !SecondFactor.IsAskedFor(await http.ReadAuthorizationAsync(returnUrl))
        && await trusted.IsTrustedAsync(http, userId);

    private async Task<SignInNext> StartAsync(HttpContext http, SignInState signIn)
    {
        DeviceCookie.Ensure(http);
        NewSession proof = new(
            signIn.Credential,
            signIn.Amr,
            AuthenticationContext.Of(signIn.Amr),
            http.ReadRequestContext()
        )
        {
            Signs = SignInRisk.SignsOf(signIn.Risk),
        };
        // A person who signs in again in their own session keeps it and their apps' tokens: a client that requires a
        // new authentication must not sign out the others.
        var held = await accounts.ListAsync(http);
        if (
            held.FirstOrDefault(session => session.UserId == proof.UserId) is { } own
            && await starter.RenewAsync(own.Id, proof, http.RequestAborted) is { } renewed
        )
            return await DoneAsync(http, signIn, renewed, own.Id);

        // A session for which the browser has no place ends: it must not continue unseen.
        await accounts.MakeRoomAsync(http, [.. held.Where(session => session.UserId != proof.UserId)]);
        return await starter.StartAsync(proof, http.RequestAborted) switch
        {
            SessionStart.Started started => await DoneAsync(http, signIn, started.Token, started.Session.Id),
            SessionStart.LimitReached => new SignInNext.TooManySessions(),
            _ => new SignInNext.AccountUnavailable(),
        };
    }

    private async Task<SignInNext> DoneAsync(HttpContext http, SignInState signIn, OpaqueToken token, Guid sessionId)
    {
        BrowserSession.Keep(http, sessionId, token);
        state.Keep(http, sessionId);
        PendingSignIn.Forget(http);
        if (LanguageCookie.Read(http) is null && http.Languages().Find(signIn.User.Locale) is { } language)
            LanguageCookie.Keep(http, language);
        return new SignInNext.GoTo(
            MayBeOfferedPasskey(signIn) && await offers.ClaimAsync(signIn.User.Id, http.RequestAborted)
                ? LocalUrl.With(OfferPath, signIn.ReturnUrl)
                : signIn.ReturnUrl ?? LocalUrl.Account
        );
    }

    // A passkey is as good as two factors, so it is not offered to a sign-in that shows fewer than the account has
    // (SE-10), nor to an unusual one; and the first proof of an address would remove it again (RV-8).
    private bool MayBeOfferedPasskey(SignInState signIn) =>
        offers.IsOn
        && signIn.Amr.Contains("pwd")
        && !NeedsSecondFactor(signIn.User, signIn.Amr)
        && signIn.User.EmailVerified
        && signIn.Risk.Signals.Count == 0;
}
