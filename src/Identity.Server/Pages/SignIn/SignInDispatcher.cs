using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Languages;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.TwoFactor;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.SignIn;

/// <summary>A sign-in under way: who proved themselves, how so far (RFC 8176), and where they go on to.</summary>
/// <param name="MustVerifyEmail">Nobody signs in whose address was never proved (<c>Identity:Registration:RequireVerifiedEmail</c>).</param>
/// <param name="MayOmitSecondFactor">The person had this browser remembered, and no client insists on the second factor (MF-7, MF-8).</param>
internal sealed record SignInState(UserAccount User, string[] Amr, string? ReturnUrl, bool MayOmitSecondFactor, bool MustVerifyEmail);

/// <summary>What follows a step of a sign-in.</summary>
internal abstract record SignInNext
{
    private SignInNext()
    {
    }

    /// <summary>On to this local URL: the next step, or, with the session started, where the person wanted to go.</summary>
    public sealed record GoTo(string LocalUrl) : SignInNext;

    /// <summary>The person has as many sessions as allowed (SE-9).</summary>
    public sealed record TooManySessions : SignInNext;

    /// <summary>The account was disabled or deleted meanwhile.</summary>
    public sealed record AccountUnavailable : SignInNext;
}

/// <summary>
/// Every step of signing in ends here, and no step calls another: the table decides, from what the database says of the account, which step is due. When none
/// is, the session is started. So the back button, a second tab and a restart of the server all have a way on.
/// </summary>
internal sealed class SignInDispatcher(SessionStore sessions, UserStore users, PendingSignIn pending, TrustedBrowser trusted, IOptions<RegistrationOptions> registration)
{
    /// <summary>A step: its page, and when it is due.</summary>
    private sealed record Step(string Path, Func<SignInState, bool> IsDue);

    /// <summary>In the order in which they are asked for. A step whose page proves something adds a method to <see cref="SignInState.Amr"/>.</summary>
    private static readonly Step[] Steps =
    [
        // RV-8: before anything else, for the first proof throws out the second factor of whoever set it up without one.
        new("/verify-first", static state => state.MustVerifyEmail && !state.User.EmailVerified),
        // MF-7: an account with a second factor is never opened by a password alone, unless its owner asked for that on this browser.
        new("/two-factor", static state => NeedsSecondFactor(state.User, state.Amr) && !state.MayOmitSecondFactor),
    ];

    /// <summary>After a step: the account is read anew, so that what changed since the last step counts.</summary>
    public async Task<SignInNext> NextAsync(HttpContext http, Guid userId, string[] amr, string? returnUrl)
    {
        if (await users.FindAsync(userId, http.RequestAborted) is not { IsDisabled: false } user)
            return new SignInNext.AccountUnavailable();

        var omit = NeedsSecondFactor(user, amr) && await MayOmitSecondFactorAsync(http, userId, returnUrl);
        var state = new SignInState(user, amr, LocalUrl.OrNull(returnUrl), omit, registration.Value.RequireVerifiedEmail);
        if (Array.Find(Steps, step => step.IsDue(state)) is { } due)
        {
            await pending.KeepAsync(http, new(userId, amr, state.ReturnUrl));
            return new SignInNext.GoTo(LocalUrl.With(due.Path, state.ReturnUrl));
        }
        return await StartAsync(http, state);
    }

    private static bool NeedsSecondFactor(UserAccount user, string[] amr) => user.TwoFactorEnabled && !amr.Contains("mfa");

    private async Task<bool> MayOmitSecondFactorAsync(HttpContext http, Guid userId, string? returnUrl) =>
        !SecondFactor.IsAskedFor(await http.ReadAuthorizationAsync(returnUrl)) && await trusted.IsTrustedAsync(http, userId);

    private async Task<SignInNext> StartAsync(HttpContext http, SignInState state)
    {
        DeviceCookie.Ensure(http);
        var request = http.ReadRequestContext();
        // What this browser held before is over, whoever's it was: nobody goes on with a session that they no longer see.
        if (OpaqueToken.TryParse(http.Request.Cookies[BrowserSession.CookieName], out _) && await http.GetActiveSessionAsync() is { } former)
            await sessions.EndAsync(former.Id, EndReason.Logout, request, http.RequestAborted);

        var start = await sessions.StartAsync(new(state.User.Id, state.Amr, AuthenticationContext.Of(state.Amr), request), http.RequestAborted);
        if (start is SessionStart.LimitReached)
            return new SignInNext.TooManySessions();
        if (start is not SessionStart.Started started)
            return new SignInNext.AccountUnavailable();

        BrowserSession.Keep(http, started.Token);
        PendingSignIn.Forget(http);
        if (LanguageCookie.Read(http) is null && Language.Find(state.User.Locale) is { } language)
            LanguageCookie.Keep(http, language);
        return new SignInNext.GoTo(state.ReturnUrl ?? LocalUrl.Account);
    }
}
