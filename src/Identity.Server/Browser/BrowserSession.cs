using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Browser;

// Browser owns what this provider stores in a person's browser and reads from a request: the session cookies, the
// device cookie, the request context and the return URL. Pages and Protocol both use it and do not know each other. It
// does not decide who may sign in (Users, TwoFactor) and has no state of its own: sessions are in the database.

/// <summary>The current session of the browser. The cookie holds 256 random bits; the database stores only their
/// SHA-256 (SE-1, SE-4). <see cref="BrowserAccounts"/> knows the others.</summary>
internal static class BrowserSession
{
    /// <summary>The authentication scheme, for <c>[Authorize]</c> and <c>AuthenticateAsync</c>. It is not the default:
    /// only requests that need a session read one.</summary>
    public const string Scheme = "session";

    /// <summary>The cookie of the session. <c>__Host-</c>: Secure, this host only, path / (RFC 6265bis
    /// 4.1.3.2).</summary>
    public const string CookieName = "__Host-identity";

    internal static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };

    /// <summary>The live session of the request, or null. One SQL command for the first call of a request, none for
    /// later ones.</summary>
    public static async Task<ActiveSession?> GetActiveSessionAsync(this HttpContext http)
    {
        await http.AuthenticateAsync(Scheme);
        return http.Features.Get<ActiveSession>();
    }

    /// <summary>Lets another session of this browser answer this request; the current one stays current.</summary>
    public static void AnswerAs(this HttpContext http, ActiveSession session) => http.Features.Set(session);

    /// <summary>Sends the browser the token of a new session, or a new token of the current one, which it is from now
    /// on.</summary>
    public static void Keep(HttpContext http, Guid sessionId, OpaqueToken token)
    {
        Point(http, token);
        BrowserAccounts.Of(http).Hold(http, sessionId, token);
        DeviceCookie.Ensure(http);
    }

    /// <summary>Removes a session from the browser. <see cref="SessionStore"/> ends it.</summary>
    public static void Forget(HttpContext http, Guid sessionId)
    {
        BrowserAccounts.Of(http).Forget(http, sessionId);
        if (http.Features.Get<ActiveSession>() is not { } current || current.Id == sessionId)
            Forget(http);
    }

    /// <summary>Removes the cookie of the current session, which has ended.</summary>
    public static void Forget(HttpContext http)
    {
        http.Response.Cookies.Delete(CookieName, Cookie);
        BrowserAccounts.Of(http).ForgetState(http);
    }

    internal static void Point(HttpContext http, OpaqueToken token) =>
        http.Response.Cookies.Append(CookieName, token.Value, Cookie);
}
