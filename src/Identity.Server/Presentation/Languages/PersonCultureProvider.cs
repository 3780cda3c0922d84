using Identity.Core.Languages;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Localization;

namespace Identity.Server.Presentation.Languages;

/// <summary> The language of a page: the person's choice in this browser, or else the client's request
/// (<c>ui_locales</c>, OpenID Connect Core 3.1.2.1), or else the browser's (Accept-Language, RFC 9110 section 12.5.4),
/// each by <see cref="LanguageList.Find"/>. The locale of a person's profile is written to the cookie at sign-in, so no
/// look-up is needed.
/// </summary>
internal sealed class PersonCultureProvider : RequestCultureProvider
{
    private const int MaxAccepted = 20;

    /// <inheritdoc />
    public override async Task<ProviderCultureResult?> DetermineProviderCultureResult(HttpContext httpContext) =>
        (
            LanguageCookie.Read(httpContext)
            ?? await RequestedAsync(httpContext)
            ?? First(httpContext, Accepted(httpContext.Request))
        )
            is { } language
            ? new(language.Tag)
            : null;

    private static async Task<Language?> RequestedAsync(HttpContext http)
    {
        var query = http.Request.Query;
        if (query["ui_locales"] is [{ Length: < 200 } direct])
            return First(http, direct.Split(' '));
        return
            query["returnUrl"] is [{ } returnUrl] && await http.ReadAuthorizationAsync(returnUrl) is { } authorization
            ? First(http, authorization.UiLocales)
            : null;
    }

    private static IEnumerable<string?> Accepted(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .AcceptLanguage.Take(MaxAccepted)
            .Where(static range => range.Quality is not 0)
            .OrderByDescending(static range => range.Quality ?? 1)
            .Select(static range => range.Value.Value);

    private static Language? First(HttpContext http, IEnumerable<string?> tags) =>
        tags.Select(http.Languages().Find).FirstOrDefault(static language => language is not null);
}
