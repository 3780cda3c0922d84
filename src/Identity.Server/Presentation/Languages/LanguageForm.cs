namespace Identity.Server.Presentation.Languages;

/// <summary>The address of the language form: the current page, with the handler of
/// <c>HostedPage.OnPostLanguage</c>.</summary>
internal static class LanguageForm
{
    public static string LanguageAction(this HttpContext http) =>
        http.Request.Path
        + QueryString
            .Create(http.Request.Query.Where(static pair => pair.Key != "handler"))
            .Add("handler", "Language")
            .Value;
}
