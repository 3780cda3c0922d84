using System.Text.RegularExpressions;
using Identity.Server.Browser;
using Identity.Server.Pages.External;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Hosting;

/// <summary> The limits of requests to pages (DO-2, PW-2): no form above 64 KB, at most a hundred parameters, no
/// unknown charset, no invalid text. Violations are refused with 400, 413 or 415 before any room sees them, because the
/// framework, the engine and the database driver would answer them with 500.
/// </summary>
internal sealed class RequestLimits(RequestDelegate next, ILogger<RequestLimits> logger)
{
    /// <summary>Sets the limits of the server and the framework.</summary>
    public static void AddRequestLimits(
        WebApplicationBuilder builder,
        TimeSpan requestTimeout,
        ConnectionLimit connections
    )
    {
        builder.Services.AddSingleton(connections);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (connections.Connections is { } most)
            {
                ConnectionCounter counter = new(most);
                kestrel.ConfigureEndpointDefaults(listen =>
                    listen.Use(next => connection => counter.RunAsync(connection, next))
                );
            }
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestForm.MaxBytes;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
        // RequestForm reads forms before the framework; this limits what the framework may still read.
        builder.Services.Configure<FormOptions>(static form =>
        {
            form.ValueCountLimit = FormText.MaxParameters;
            form.ValueLengthLimit = RequestForm.MaxBytes;
            form.MultipartBodyLengthLimit = RequestForm.MaxBytes;
        });
        builder.Services.AddRequestTimeouts(timeouts =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy
            {
                Timeout = requestTimeout,
                TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
            }
        );
    }

    public async Task InvokeAsync(HttpContext http)
    {
        if (await JudgeAsync(http.Request) is not { } refused)
        {
            await next(http);
            return;
        }

        Log.RequestRefused(logger, refused.Problem);
        http.Response.StatusCode = refused.Status;
        if (refused.IsText)
            http.Features.Set(new UnsoundText([]));
    }

    private static async Task<FormReading.Refused?> JudgeAsync(HttpRequest request)
    {
        // Under /connect the protocol applies stricter rules and has its own errors.
        if (request.Path.StartsWithSegments(EndpointPaths.Prefix))
            return null;
        if (
            request.QueryString.Value is { Length: > 1 } query
            && FormText.ParseQuery(query, FormRules.Query) is FormText.Refused unreadable
        )
            return new(StatusCodes.Status400BadRequest, unreadable.Problem, unreadable.IsText);
        try
        {
            var rules = request.Path.StartsWithSegments("/admin") ? FormRules.Console : FormRules.Page;
            var form = await RequestForm.ReadAsync(request, rules);
            if (form is FormReading.Ready { Mended: { Count: > 0 } fields })
                request.HttpContext.Features.Set(new UnsoundText(fields));
            return form as FormReading.Refused;
        }
        catch (BadHttpRequestException refused)
        {
            return new(refused.StatusCode, "a body that the server refuses");
        }
        catch (IOException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return new(StatusCodes.Status400BadRequest, "a form that ends too early");
        }
    }
}
