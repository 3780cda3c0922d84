using Identity.Core.Languages;

namespace Identity.Server.Presentation.Languages;

/// <summary>What the language form of a page is made of.</summary>
internal static class LanguageForm
{
    /// <summary>The languages to choose from.</summary>
    public static LanguageList Languages(this HttpContext http) =>
        http.RequestServices.GetRequiredService<LanguageList>();

    /// <summary>The address of the form: the current page, with the handler of
    /// <c>LocalizedPage.OnPostLanguage</c>.</summary>
    public static string LanguageAction(this HttpContext http) =>
        http.Request.Path
        + QueryString
            .Create(http.Request.Query.Where(static pair => pair.Key != "handler"))
            .Add("handler", "Language")
            .Value;
}
