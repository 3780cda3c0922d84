using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages;

/// <summary> The page for a request that failed, with the id by which the operator finds it (OP-1). The pipeline shows
/// it instead of the failed answer, for any method, so it needs no antiforgery token and no database.
/// </summary>
[IgnoreAntiforgeryToken]
internal sealed class ErrorModel(IStringLocalizer<SharedTexts> shared) : PageModel
{
    /// <summary>An error that the protocol engine could not return to the client.</summary>
    public ProtocolError? Protocol => HttpContext.Features.Get<ProtocolError>();

    /// <summary>The requested host name, if it is not served here.</summary>
    public UnservedHost? Unserved => HttpContext.Features.Get<UnservedHost>();

    public string Title { get; private set; } = "";

    public string Text { get; private set; } = "";

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        var failed = HttpContext.Features.Get<FailedRequest>();
        // If the page is opened directly, there is no error to show.
        var status =
            failed?.Status ?? (Response.StatusCode >= 400 ? Response.StatusCode : StatusCodes.Status404NotFound);
        Response.StatusCode = status;
        var (title, text) =
            Protocol is not null ? (shared["Error.ProtocolTitle"], shared["Error.ProtocolText"])
            : Unserved is not null ? (shared["Error.HostTitle"], shared["Error.HostText"])
            : status switch
            {
                400 when HttpContext.Features.Get<UnsoundText>() is not null => (
                    shared["Error.TextTitle"],
                    shared["Error.TextText"]
                ),
                400 or 415 => (shared["Error.StaleTitle"], shared["Error.StaleText"]),
                403 => (shared["Error.ForbiddenTitle"], shared["Error.ForbiddenText"]),
                404 or 405 => (shared["Error.MissingTitle"], shared["Error.MissingText"]),
                413 or 414 or 431 => (shared["Error.TooBigTitle"], shared["Error.TooBigText"]),
                429 => (shared["Wait.ThrottledTitle"], shared["Error.LaterText"]),
                503 => (shared["Wait.BusyTitle"], shared["Error.LaterText"]),
                _ => (shared["Error.FaultTitle"], shared["Error.FaultText"]),
            };
        (Title, Text) = (title, text);
    }
}
