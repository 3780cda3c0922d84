using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Browser;

// Browser owns what this provider keeps in a person's browser and reads from a request: the session cookie, the device
// cookie, who is asking, and where they return to. Pages and Protocol meet here and do not see each other. It does not
// decide who may sign in (Users, TwoFactor) and holds no state of its own: sessions live in the database.

/// <summary>The session of the browser at hand. The cookie holds 256 random bits, of which the database has the SHA-256
/// only (SE-1, SE-4).</summary>
internal static class BrowserSession
{
    /// <summary>The authentication scheme, for <c>[Authorize]</c> and <c>AuthenticateAsync</c>. It is no default: a
    /// request pays for its session only where it asks.</summary>
    public const string Scheme = "session";

    /// <summary>The cookie of the session. <c>__Host-</c>: Secure, this host alone, path / (RFC 6265bis
    /// 4.1.3.2).</summary>
    public const string CookieName = "__Host-identity";

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };

    /// <summary>The live session of the request, or null. One SQL command at the first call of a request, none after
    /// it.</summary>
    public static async Task<ActiveSession?> GetActiveSessionAsync(this HttpContext http)
    {
        await http.AuthenticateAsync(Scheme);
        return http.Features.Get<ActiveSession>();
    }

    /// <summary>Hands the browser the token of a session that was started, or given a new token.</summary>
    public static void Keep(HttpContext http, OpaqueToken token)
    {
        http.Response.Cookies.Append(CookieName, token.Value, Cookie);
        DeviceCookie.Ensure(http);
    }

    /// <summary>Takes the cookie away. The session itself is ended through <see cref="SessionStore"/>.</summary>
    public static void Forget(HttpContext http)
    {
        http.Response.Cookies.Delete(CookieName, Cookie);
        StateCookie.Forget(http);
    }
}
