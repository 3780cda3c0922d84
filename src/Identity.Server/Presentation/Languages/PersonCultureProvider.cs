using Identity.Server.Browser;
using Microsoft.AspNetCore.Localization;

namespace Identity.Server.Presentation.Languages;

/// <summary> The language of a page: the person's choice in this browser, or else the client's request
/// (<c>ui_locales</c>, OpenID Connect Core 3.1.2.1). Accept-Language comes after. The locale of a person's profile is
/// written to the cookie at sign-in, so no look-up is needed.
/// </summary>
internal sealed class PersonCultureProvider : RequestCultureProvider
{
    /// <inheritdoc />
    public override async Task<ProviderCultureResult?> DetermineProviderCultureResult(HttpContext httpContext)
    {
        if (LanguageCookie.Read(httpContext) is { } chosen)
            return new(chosen.Code);
        var query = httpContext.Request.Query;
        if (query["ui_locales"] is [{ Length: < 200 } direct])
            return First(direct.Split(' '));
        if (query["returnUrl"] is not [{ } returnUrl])
            return null;
        var authorization = await httpContext.ReadAuthorizationAsync(returnUrl);
        return authorization is null ? null : First(authorization.UiLocales);
    }

    private static ProviderCultureResult? First(IEnumerable<string> tags) =>
        tags.Select(Language.Find).FirstOrDefault(static language => language is not null) is { } language
            ? new(language.Code)
            : null;
}
