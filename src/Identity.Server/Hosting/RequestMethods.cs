using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Hosting;

/// <summary> The accepted methods (RFC 9110 section 9). On resources, HEAD is handled as GET, and the server omits the
/// body; under <c>/connect</c> the protocol defines the methods of each endpoint. Another method on a page is answered
/// with 405 and <c>Allow</c> (section 15.5.6), as routing does for other endpoints.
/// </summary>
internal static class RequestMethods
{
    /// <summary>Resources that are only read.</summary>
    public static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private static readonly string[] OfPages = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post];

    /// <summary>Before routing.</summary>
    public static void UseHeadAsGet(this WebApplication app) =>
        app.Use(
            static (http, next) =>
            {
                if (
                    HttpMethods.IsHead(http.Request.Method)
                    && !http.Request.Path.StartsWithSegments(EndpointPaths.Prefix)
                )
                    http.Request.Method = HttpMethods.Get;
                return next(http);
            }
        );

    /// <summary>After routing, which does not know the methods of a page.</summary>
    public static void UsePageMethods(this WebApplication app) =>
        app.Use(
            static (http, next) =>
            {
                if (
                    http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is null
                    || OfPages.Contains(http.Request.Method)
                )
                    return next(http);
                http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                http.Response.Headers.Allow = string.Join(", ", OfPages);
                return Task.CompletedTask;
            }
        );
}
