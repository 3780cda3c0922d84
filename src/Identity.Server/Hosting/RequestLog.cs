using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Identity.Server.Browser;
using Identity.Server.Pages.External;

namespace Identity.Server.Hosting;

/// <summary> The outermost middleware: adds the request's id (<see cref="Correlation"/>) to its answer and to every log
/// line, and writes one line at the end. The line has the route, never the path or the query, because people paste
/// codes and tokens there (LG-1), and only the network of the client's address.
/// </summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var id = http.GetCorrelationId();
        http.Features.Set(new Correlation.CorrelationId(id));
        http.Response.OnStarting(
            static state =>
            {
                var (http, id) = ((HttpContext, string))state;
                http.Response.Headers[Correlation.Header] = id;
                return Task.CompletedTask;
            },
            (http, id)
        );

        var path = http.Request.Path;
        var started = Stopwatch.GetTimestamp();
        using (Serilog.Context.LogContext.PushProperty("TraceId", id))
        {
            await next(http);
            if (logger.IsEnabled(LogLevel.Information) && !path.StartsWithSegments("/health"))
            {
                Log.Request(
                    logger,
                    KnownMethod(http.Request.Method),
                    RouteOf(http, path),
                    http.Response.StatusCode,
                    Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                    NetworkOf(http.Connection.RemoteIpAddress)
                );
            }
        }
    }

    /// <summary>The matched route pattern. The engine's endpoints are not routes: only their fixed paths are
    /// logged.</summary>
    internal static string RouteOf(HttpContext http, PathString path)
    {
        if (
            http.Features.Get<FailedRequest>() is null
            && http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { Length: > 0 } pattern }
        )
            return pattern[0] == '/' ? pattern : "/" + pattern;
        return path.Value is { } text && FixedPath().IsMatch(text) ? text : "(unmatched)";
    }

    /// <summary>IPv4 by /24, IPv6 by /48: enough to see the source of a flood, but not a person.</summary>
    internal static string NetworkOf(IPAddress? address)
    {
        if (address is null)
            return "-";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        var kept = address.AddressFamily == AddressFamily.InterNetwork ? 3 : 6;
        Array.Clear(bytes, kept, bytes.Length - kept);
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }

    // A method is free text too (RFC 9110 9.1).
    private static string KnownMethod(string method) =>
        method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? method : "OTHER";

    [GeneratedRegex(@"^/(connect|\.well-known)/[a-z][a-z.-]{0,40}$")]
    private static partial Regex FixedPath();
}
