using Identity.Core.Primitives;
using Identity.Core.TwoFactor;

namespace Identity.Server.Pages.Flow;

/// <summary>
/// "Password right, more is due": a cookie for a row of <see cref="LoginChallengeStore"/>, valid for five minutes (ten
/// while a mailed code is due), for one sign-in, and only for its next step (SE-3). A copy of the cookie is useless
/// after the step was completed or the password was changed.
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
        // The row decides; the longest step lasts ten minutes.
        MaxAge = TimeSpan.FromMinutes(10),
    };

    /// <summary>Stores what was proved. The five minutes start again with each successful step.</summary>
    public async Task<OpaqueToken> KeepAsync(HttpContext http, LoginChallenge challenge)
    {
        var token = await challenges.BeginAsync(challenge, http.RequestAborted);
        http.Response.Cookies.Append(Name, token.Value, Cookie);
        return token;
    }

    /// <summary>The token of the pending sign-in; null if there is none.</summary>
    public static OpaqueToken? TokenOf(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) ? token : null;

    /// <summary>What was proved, or null if there is none or it has expired: then the person starts again with their
    /// password.</summary>
    public async Task<LoginChallenge?> ReadAsync(HttpContext http) =>
        TokenOf(http) is { } token ? await challenges.FindAsync(token, http.RequestAborted) : null;

    /// <summary>Completes the next step: of any number of requests, one gets the sign-in and continues it.</summary>
    public async Task<LoginChallenge?> CompleteAsync(HttpContext http) =>
        TokenOf(http) is { } token ? await challenges.CompleteAsync(token, http.RequestAborted) : null;

    /// <summary>Whether the browser has or had a pending sign-in.</summary>
    public static bool Exists(HttpContext http) => http.Request.Cookies.ContainsKey(Name);

    /// <summary>Removes the cookie.</summary>
    public static void Forget(HttpContext http)
    {
        if (Exists(http))
            http.Response.Cookies.Delete(Name, Cookie);
    }
}
