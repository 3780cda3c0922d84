using Identity.Core.Administration;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting;

/// <summary>The console and the administration API exist only on the listed host names (<c>Identity:Admin:Hosts</c>),
/// so that they need not be reachable from the public host name.</summary>
internal sealed class AdminHosts(RequestDelegate next, IOptions<AdminOptions> options)
{
    public Task InvokeAsync(HttpContext http)
    {
        var path = http.Request.Path;
        if (
            !(path.StartsWithSegments("/admin") || path.StartsWithSegments("/api/v1"))
            || options.Value.AnswersOn(http.Request.Host.Host)
        )
            return next(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
