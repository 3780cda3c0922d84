using Identity.Core.Credentials;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation.Languages;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Flow;

/// <summary>A sign-in under way: who proved themselves, how so far (RFC 8176), and where they go on to.</summary>
/// <param name="Credential">What was judged: the session is started only while it still holds.</param>
/// <param name="MustVerifyEmail">Nobody signs in whose address was never proved
/// (<c>Identity:Registration:RequireVerifiedEmail</c>).</param>
/// <param name="MayOmitSecondFactor">The person had this browser remembered, and no client insists on the second factor
/// (MF-7, MF-8).</param>
internal sealed record SignInState(
    UserAccount User,
    CredentialProof Credential,
    string[] Amr,
    string? ReturnUrl,
    bool MayOmitSecondFactor,
    bool MustVerifyEmail
);

/// <summary>What follows a step of a sign-in.</summary>
internal abstract record SignInNext
{
    private SignInNext() { }

    /// <summary>On to this local URL: the next step, or, with the session started, where the person wanted to
    /// go.</summary>
    public sealed record GoTo(string LocalUrl) : SignInNext;

    /// <summary>The person has as many sessions as allowed (SE-9).</summary>
    public sealed record TooManySessions : SignInNext;

    /// <summary>The account may not act, or the credential that was judged has been changed meanwhile.</summary>
    public sealed record AccountUnavailable : SignInNext;
}

/// <summary>
/// Every step of signing in ends here, and no step calls another: the table decides, from what the database says of the
/// account, which step is due. When none is, the session is started. So the back button, a second tab and a restart of
/// the server all have a way on.
/// </summary>
internal sealed class SignInDispatcher(
    SessionStarter starter,
    SessionStore sessions,
    UserStore users,
    PendingSignIn pending,
    TrustedBrowser trusted,
    StateCookie state,
    IOptions<SignUpOptions> registration
)
{
    /// <summary>A step: its page, and when it is due.</summary>
    private sealed record Step(string Path, Func<SignInState, bool> IsDue);

    /// <summary>In the order in which they are asked for. A step whose page proves something adds a method to
    /// <see cref="SignInState.Amr"/>.</summary>
    private static readonly Step[] Steps =
    [
        // RV-8: before anything else, for the first proof throws out the second factor of whoever set it up without
        // one.
        new("/verify-first", static state => state.MustVerifyEmail && !state.User.EmailVerified),
        // MF-7: an account with a second factor is never opened by a password alone, unless its owner asked for that on
        // this browser.
        new("/two-factor", static state => NeedsSecondFactor(state.User, state.Amr) && !state.MayOmitSecondFactor),
    ];

    /// <summary>After a step: the account is read anew, so that what changed since the last step counts.</summary>
    public async Task<SignInNext> NextAsync(HttpContext http, CredentialProof proof, string[] amr, string? returnUrl)
    {
        if (
            await users.FindAsync(proof.UserId, http.RequestAborted) is not { MayAct: true } user
            || user.CredentialVersion != proof.Version
        )
            return new SignInNext.AccountUnavailable();

        var omit = NeedsSecondFactor(user, amr) && await MayOmitSecondFactorAsync(http, proof.UserId, returnUrl);
        var signIn = new SignInState(
            user,
            proof,
            amr,
            LocalUrl.OrNull(returnUrl),
            omit,
            registration.Value.RequireVerifiedEmail
        );
        if (Array.Find(Steps, step => step.IsDue(signIn)) is { } due)
        {
            await pending.KeepAsync(http, new(proof, amr, signIn.ReturnUrl));
            return new SignInNext.GoTo(LocalUrl.With(due.Path, signIn.ReturnUrl));
        }
        return await StartAsync(http, signIn);
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
        );
        var former = OpaqueToken.TryParse(http.Request.Cookies[BrowserSession.CookieName], out _)
            ? await http.GetActiveSessionAsync()
            : null;
        // Whoever signs in again on their own session keeps it, and what their apps were given: a client that asks for
        // a fresh proof must not sign out all others.
        if (
            former?.UserId == proof.UserId
            && await starter.RenewAsync(former.Id, proof, http.RequestAborted) is { } renewed
        )
            return Done(http, signIn, renewed, former.Id);

        // Another person's session is over: nobody goes on with one that they no longer see.
        if (former is not null)
            await sessions.EndAsync(former.Id, EndReason.Logout, proof.Request, http.RequestAborted);
        return await starter.StartAsync(proof, http.RequestAborted) switch
        {
            SessionStart.Started started => Done(http, signIn, started.Token, started.Session.Id),
            SessionStart.LimitReached => new SignInNext.TooManySessions(),
            _ => new SignInNext.AccountUnavailable(),
        };
    }

    private SignInNext.GoTo Done(HttpContext http, SignInState signIn, OpaqueToken token, Guid sessionId)
    {
        BrowserSession.Keep(http, token);
        state.Keep(http, sessionId);
        PendingSignIn.Forget(http);
        if (LanguageCookie.Read(http) is null && Language.Find(signIn.User.Locale) is { } language)
            LanguageCookie.Keep(http, language);
        return new(signIn.ReturnUrl ?? LocalUrl.Account);
    }
}
