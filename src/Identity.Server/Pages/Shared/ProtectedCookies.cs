using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.Shared;

/// <summary>Short-lived cookies of this host alone, sealed by Data Protection, each for its own purpose.</summary>
internal sealed class ProtectedCookies(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Lax: what a link in a web mail opens comes from another site, and is to be led on with the cookie at
    /// hand.</summary>
    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };

    /// <summary>Keeps a text in this browser.</summary>
    public void Keep(HttpContext http, string name, string value, TimeSpan lifetime) =>
        http.Response.Cookies.Append(name, Protector(name).Protect(value, lifetime), new(Cookie) { MaxAge = lifetime });

    /// <summary>The text, or null when there is none, its time is over, or it is not ours.</summary>
    public string? Read(HttpContext http, string name) =>
        http.Request.Cookies[name] is { Length: > 0 } cookie ? Protector(name).Unprotect(cookie) : null;

    /// <summary>Takes it away.</summary>
    public static void Forget(HttpContext http, string name)
    {
        if (http.Request.Cookies.ContainsKey(name))
            http.Response.Cookies.Delete(name, Cookie);
    }

    private TimedProtector Protector(string name) =>
        new(protection.CreateProtector("Identity.Recovery.Cookie.v2", name), time);
}
