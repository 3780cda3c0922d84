using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Languages;
using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.SignIn;

/// <summary>A sign-in under way: who proved themselves, how so far (RFC 8176), and where they go on to.</summary>
internal sealed record SignInState(UserAccount User, string[] Amr, string? ReturnUrl);

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
internal sealed class SignInDispatcher(SessionStore sessions, UserStore users, PendingSignIn pending)
{
    /// <summary>A step: its page, and when it is due.</summary>
    private sealed record Step(string Path, Func<SignInState, bool> IsDue);

    /// <summary>In the order in which they are asked for. A step whose page proves something adds a method to <see cref="SignInState.Amr"/>.</summary>
    private static readonly Step[] Steps =
    [
        // MF-7: an account with a second factor is never opened by a password alone.
        new("/two-factor", static state => state.User.TwoFactorEnabled && !state.Amr.Contains("mfa")),
    ];

    /// <summary>After a step: the account is read anew, so that what changed since the last step counts.</summary>
    public async Task<SignInNext> NextAsync(HttpContext http, Guid userId, string[] amr, string? returnUrl)
    {
        if (await users.FindAsync(userId, http.RequestAborted) is not { IsDisabled: false } user)
            return new SignInNext.AccountUnavailable();

        var state = new SignInState(user, amr, LocalUrl.OrNull(returnUrl));
        if (Array.Find(Steps, step => step.IsDue(state)) is { } due)
        {
            pending.Keep(http, userId, amr);
            return new SignInNext.GoTo(LocalUrl.With(due.Path, state.ReturnUrl));
        }
        return await StartAsync(http, state);
    }

    private async Task<SignInNext> StartAsync(HttpContext http, SignInState state)
    {
        DeviceCookie.Ensure(http);
        var request = http.ReadRequestContext();
        // What this browser held before is over, whoever's it was: nobody goes on with a session that they no longer see.
        if (OpaqueToken.TryParse(http.Request.Cookies[BrowserSession.CookieName], out _) && await http.GetActiveSessionAsync() is { } former)
            await sessions.EndAsync(former.Id, EndReason.Logout, request, http.RequestAborted);

        var start = await sessions.StartAsync(new(state.User.Id, state.Amr, null, request), http.RequestAborted);
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
