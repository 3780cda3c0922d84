using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Pages.Shared;

/// <summary>Short-lived cookies of this host only, encrypted by Data Protection, each for its own purpose.</summary>
internal sealed class ProtectedCookies(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Lax: a link opened in a web mail comes from another site and needs the cookie to continue.</summary>
    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };

    /// <summary>Stores a text in this browser.</summary>
    public void Keep(HttpContext http, string name, string value, TimeSpan lifetime) =>
        http.Response.Cookies.Append(name, Protector(name).Protect(value, lifetime), new(Cookie) { MaxAge = lifetime });

    /// <summary>The text, or null if there is none or it has expired or is invalid.</summary>
    public string? Read(HttpContext http, string name) =>
        http.Request.Cookies[name] is { Length: > 0 } cookie ? Protector(name).Unprotect(cookie) : null;

    /// <summary>Removes the cookie.</summary>
    public static void Forget(HttpContext http, string name)
    {
        if (http.Request.Cookies.ContainsKey(name))
            http.Response.Cookies.Delete(name, Cookie);
    }

    private TimedProtector Protector(string name) =>
        new(protection.CreateProtector("Identity.Recovery.Cookie.v2", name), time);
}
