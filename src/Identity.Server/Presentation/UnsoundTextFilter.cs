using Identity.Server.Browser;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation;

/// <summary> Returns a form with a character that cannot be stored, with a message beside its field. No handler sees
/// it, because the cleaned value is not what the person typed. If the page has no such form, the request is refused.
/// </summary>
internal sealed class UnsoundTextFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var http = context.HttpContext;
        if (
            http.Features.Get<UnsoundText>() is not { Fields: { Count: > 0 } fields }
            || http.Features.Get<FailedRequest>() is not null
        )
        {
            await next();
            return;
        }
        if (
            context.HandlerInstance is not LocalizedPage page
            || await page.ShowAgainAsync(context.HandlerMethod?.Name) is not { } shown
        )
        {
            context.Result = new StatusCodeResult(StatusCodes.Status400BadRequest);
            return;
        }
        var texts = http.RequestServices.GetRequiredService<IStringLocalizer<SharedTexts>>();
        foreach (var field in fields.Distinct(StringComparer.Ordinal))
            page.ModelState.AddModelError(field, texts["Field.Unsound"]);
        if (shown is PageResult)
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Result = shown;
    }
}
