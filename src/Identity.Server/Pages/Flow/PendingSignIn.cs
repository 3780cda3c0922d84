using Identity.Core.Primitives;
using Identity.Core.TwoFactor;

namespace Identity.Server.Pages.Flow;

/// <summary>
/// "Password right, more is due": a cookie of its own for a row of <see cref="LoginChallengeStore"/>, good for five
/// minutes, for one sign-in, and for nothing but the next step of it (SE-3). A copy of the cookie is worth nothing once
/// the step is done or the password was changed.
/// </summary>
internal sealed class PendingSignIn(LoginChallengeStore challenges)
{
    private const string Name = "__Host-pending";
    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = TimeSpan.FromMinutes(5),
    };

    /// <summary>Keeps what was proved. Its five minutes start anew with each step that succeeds.</summary>
    public async Task KeepAsync(HttpContext http, LoginChallenge challenge) =>
        http.Response.Cookies.Append(Name, (await challenges.BeginAsync(challenge, http.RequestAborted)).Value, Cookie);

    /// <summary>What was proved, or null when there is nothing, or it is over: the person starts again with their
    /// password.</summary>
    public async Task<LoginChallenge?> ReadAsync(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token)
            ? await challenges.FindAsync(token, http.RequestAborted)
            : null;

    /// <summary>The next step succeeded: of any number of requests one gets the sign-in, and goes on with it.</summary>
    public async Task<LoginChallenge?> CompleteAsync(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token)
            ? await challenges.CompleteAsync(token, http.RequestAborted)
            : null;

    /// <summary>Whether the browser has a sign-in under way, or had one.</summary>
    public static bool Exists(HttpContext http) => http.Request.Cookies.ContainsKey(Name);

    /// <summary>Takes it away.</summary>
    public static void Forget(HttpContext http)
    {
        if (Exists(http))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
