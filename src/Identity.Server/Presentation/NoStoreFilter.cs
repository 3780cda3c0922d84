using Microsoft.AspNetCore.Mvc.Filters;

namespace Identity.Server.Presentation;

/// <summary>Forbids browsers and proxies to store pages, so that after signing out the back button shows nothing
/// (SE-8).</summary>
internal sealed class NoStoreFilter : IAlwaysRunResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context) =>
        context.HttpContext.Response.Headers.CacheControl = "no-cache, no-store";

    public void OnResultExecuted(ResultExecutedContext context) { }
}
