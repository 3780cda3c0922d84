using Identity.Core.Primitives;

namespace Identity.Server.Browser;

/// <summary>
/// An unguessable name of this browser, given at its first sign-in: later sign-ins from it are not stopped by a
/// stranger's failures (BF-3), and a sign-in without it is a new device. Worth nothing by itself.
/// </summary>
internal static class DeviceCookie
{
    /// <summary>The cookie's name.</summary>
    public const string Name = "__Host-device";

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = TimeSpan.FromDays(400),
    };

    /// <summary>What this browser carries since an earlier sign-in; null on a stranger's browser.</summary>
    public static string? Read(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) ? token.Value : null;

    /// <summary>The browser's name; it gets one where it has none, before a session is started with
    /// <see cref="RequestContexts.ReadRequestContext"/>.</summary>
    public static string Ensure(HttpContext http)
    {
        if (http.Items[Name] is string known)
            return known;
        var id = Read(http) ?? OpaqueToken.Create().Value;
        // Written anew each time: the browser's limit of 400 days counts from the last sign-in.
        http.Response.Cookies.Append(Name, id, Cookie);
        http.Items[Name] = id;
        return id;
    }

    /// <summary>Takes the name away, at the wish of the person: the account is gone.</summary>
    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Cookie);
}
