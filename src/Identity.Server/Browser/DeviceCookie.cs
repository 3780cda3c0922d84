using Identity.Core.Primitives;

namespace Identity.Server.Browser;

/// <summary> An unguessable id of this browser, set at its first sign-in: later sign-ins from it are not blocked by a
/// stranger's failures (BF-3), and a sign-in without it comes from a new device. The id alone grants nothing.
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

    /// <summary>The id from an earlier sign-in; null in an unknown browser.</summary>
    public static string? Read(HttpContext http) =>
        OpaqueToken.TryParse(http.Request.Cookies[Name], out var token) ? token.Value : null;

    /// <summary>The browser's id, which is created if missing, before a session is started with <see
    /// cref="RequestContexts.ReadRequestContext"/>.</summary>
    public static string Ensure(HttpContext http)
    {
        if (http.Items[Name] is string known)
            return known;
        var id = Read(http) ?? OpaqueToken.Create().Value;
        // Written again each time, so that the browser's limit of 400 days counts from the last sign-in.
        http.Response.Cookies.Append(Name, id, Cookie);
        http.Items[Name] = id;
        return id;
    }

    /// <summary>Removes the id after the person has deleted the account.</summary>
    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Name, Cookie);
}
