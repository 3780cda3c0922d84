using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Hosting;

/// <summary>
/// Which methods are taken (RFC 9110 section 9). HEAD is GET without a body, which the server leaves out by itself, on
/// everything that is read; under <c>/connect</c> the protocol says what each endpoint takes. Another method at a page
/// is 405 with <c>Allow</c> (section 15.5.6), as routing answers it at other endpoints.
/// </summary>
internal static class RequestMethods
{
    /// <summary>What is only read.</summary>
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

    /// <summary>After routing, which does not know that a page takes no other method.</summary>
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
