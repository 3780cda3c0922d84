using Identity.Core.Languages;

namespace Identity.Server.Presentation.Languages;

/// <summary>The language that a person chose in this browser.</summary>
internal static class LanguageCookie
{
    /// <summary>The cookie's name.</summary>
    public const string Name = "__Host-lang";

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = TimeSpan.FromDays(400),
    };

    public static Language? Read(HttpContext http) => http.Languages().Find(http.Request.Cookies[Name]);

    public static void Keep(HttpContext http, Language language) =>
        http.Response.Cookies.Append(Name, language.Tag, Cookie);
}
