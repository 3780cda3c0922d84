using Microsoft.AspNetCore.Mvc.Filters;

namespace Identity.Server.Presentation;

/// <summary>No page is kept by a browser or a proxy: after signing out, Back shows nothing (SE-8).</summary>
internal sealed class NoStoreFilter : IAlwaysRunResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context) =>
        context.HttpContext.Response.Headers.CacheControl = "no-cache, no-store";

    public void OnResultExecuted(ResultExecutedContext context) { }
}
