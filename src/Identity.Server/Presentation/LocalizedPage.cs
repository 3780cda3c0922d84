using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Presentation;

// Presentation owns the look and the languages of every page: the frame, the style sheet and other assets, branding,
// form fields, languages, dates. The hosted pages and the administration console use it, and it knows neither.

/// <summary>The base of every page: the language switch, the session of the browser, and 303 as the answer to a form
/// (WB-6).</summary>
internal abstract class LocalizedPage : PageModel
{
    /// <summary>The language switch in the footer: stores the language in this browser and shows the same page
    /// again.</summary>
    public IActionResult OnPostLanguage(string? language)
    {
        if (HttpContext.Languages().Find(language) is { } known)
            LanguageCookie.Keep(HttpContext, known);
        var query = QueryString.Create(Request.Query.Where(static pair => pair.Key != "handler"));
        return SeeOther(Request.Path + query.Value);
    }

    /// <summary>The session of this browser, or null.</summary>
    protected Task<ActiveSession?> GetSessionAsync() => HttpContext.GetActiveSessionAsync();

    /// <summary>303 to a path on this host.</summary>
    protected IActionResult SeeOther(string localUrl)
    {
        Response.Headers.Location = LocalUrl.OrNull(localUrl) ?? LocalUrl.Account;
        return StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>The page with the form as it was sent, for input that its handler must not see (<see
    /// cref="UnsoundTextFilter"/>). Null if this handler has no form to show again.</summary>
    /// <param name="handler">The handler of the form; null for the page's own.</param>
    protected internal virtual Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(null);

    /// <summary>Adds an error beside a field and in the summary; an empty field name means the whole form.</summary>
    protected void Wrong(string field, string text) => ModelState.AddModelError(field, text);
}
