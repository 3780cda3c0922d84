using Identity.Core.Primitives;
using Identity.Core.TwoFactor;

namespace Identity.Server.Pages.Flow;

/// <summary> "Password right, more is due": a cookie for a row of <see cref="LoginChallengeStore"/>, valid for five
/// minutes, for one sign-in, and only for its next step (SE-3). A copy of the cookie is useless after the step was
/// completed or the password was changed.
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

    /// <summary>Stores what was proved. The five minutes start again with each successful step.</summary>
    public async Task KeepAsync(HttpContext http, LoginChallenge challenge) =>
        http.Response.Cookies.Append(Name, (await challenges.BeginAsync(challenge, http.RequestAborted)).Value, Cookie);

    /// <summary>What was proved, or null if there is none or it has expired: then the person starts again with their
    /// password.</summary>
    public async Task<LoginChallenge?> ReadAsync(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token)
            ? await challenges.FindAsync(token, http.RequestAborted)
            : null;

    /// <summary>Completes the next step: of any number of requests, one gets the sign-in and continues it.</summary>
    public async Task<LoginChallenge?> CompleteAsync(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token)
            ? await challenges.CompleteAsync(token, http.RequestAborted)
            : null;

    /// <summary>Whether the browser has or had a pending sign-in.</summary>
    public static bool Exists(HttpContext http) => http.Request.Cookies.ContainsKey(Name);

    /// <summary>Removes the cookie.</summary>
    public static void Forget(HttpContext http)
    {
        if (Exists(http))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
