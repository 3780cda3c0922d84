using System.Text.RegularExpressions;
using Identity.Server.Pages.External;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Hosting;

/// <summary>
/// What no request may be, wherever it goes (DO-2): a form above 64 KB, more than a hundred parameters, a NUL or broken
/// UTF-8 in one (PW-2). Refused with 400 or 413
/// before any room sees it, for the engine and the database driver answer such things with 500.
/// </summary>
internal sealed class RequestLimits(RequestDelegate next, ILogger<RequestLimits> logger)
{
    /// <summary>The most bytes of a request's body.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>The most parameters, in the query and in the form each.</summary>
    public const int MaxParameters = 100;

    private const int MaxNameLength = 200;

    /// <summary>Adds what the server and the framework know of limits themselves.</summary>
    public static void AddRequestLimits(WebApplicationBuilder builder, TimeSpan requestTimeout)
    {
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
        builder.Services.Configure<FormOptions>(static form =>
        {
            form.ValueCountLimit = MaxParameters;
            form.KeyLengthLimit = MaxNameLength;
            form.ValueLengthLimit = MaxBodyBytes;
            form.MultipartBodyLengthLimit = MaxBodyBytes;
            form.MultipartHeadersCountLimit = 8;
            form.MultipartHeadersLengthLimit = 2048;
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
        var (status, reason) = await JudgeAsync(http.Request);
        if (reason is null)
        {
            await next(http);
            return;
        }

        Log.RequestRefused(logger, reason);
        http.Response.StatusCode = status;
    }

    private static async Task<(int Status, string? Reason)> JudgeAsync(HttpRequest request)
    {
        if (request.QueryString.Value is { Length: > 0 } query)
        {
            if (query.AsSpan().Count('&') >= MaxParameters)
                return (StatusCodes.Status400BadRequest, "too many parameters in the query");
            if (BrokenEncoding(query) || request.Query.Any(static pair => IsBroken(pair.Key, pair.Value)))
                return (StatusCodes.Status400BadRequest, "NUL or broken UTF-8 in the query");
        }

        // Under /connect the protocol reads forms itself, and forgives less: read here, they would be gone.
        if (!request.HasFormContentType || request.Path.StartsWithSegments(Protocol.Engine.EndpointPaths.Prefix))
            return (0, null);
        try
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            return form.Any(static pair => IsBroken(pair.Key, pair.Value))
                ? (StatusCodes.Status400BadRequest, "NUL or broken UTF-8 in the form")
                : (0, null);
        }
        catch (BadHttpRequestException refused)
        {
            return (refused.StatusCode, "a body that the server refuses");
        }
        catch (InvalidDataException)
        {
            return (StatusCodes.Status400BadRequest, "a form with too many or too long parts");
        }
        catch (IOException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return (StatusCodes.Status400BadRequest, "a form that ends too early");
        }
    }

    private static bool IsBroken(string name, StringValues values)
    {
        if (IsBroken(name))
            return true;
        foreach (var value in values)
        {
            if (IsBroken(value))
                return true;
        }

        return false;
    }

    // U+FFFD is what the decoder makes of bytes that are no UTF-8.
    private static bool IsBroken(string? text) => text is not null && text.AsSpan().IndexOfAny('\0', '\uFFFD') >= 0;

    // The query's decoder leaves bytes that are no UTF-8 as they stand: %FF stays the three characters %FF.
    private static bool BrokenEncoding(string query)
    {
        if (!query.Contains('%', StringComparison.Ordinal))
            return false;
        Span<byte> bytes = stackalloc byte[64];
        foreach (var run in EncodedRuns.EnumerateMatches(query))
        {
            var text = query.AsSpan(run.Index, run.Length);
            var target = text.Length / 3 <= bytes.Length ? bytes : new byte[text.Length / 3];
            var count = 0;
            for (var i = 0; i + 2 < text.Length; i += 3)
                target[count++] = byte.Parse(
                    text.Slice(i + 1, 2),
                    System.Globalization.NumberStyles.HexNumber,
                    System.Globalization.CultureInfo.InvariantCulture
                );
            if (!System.Text.Unicode.Utf8.IsValid(target[..count]))
                return true;
        }

        return false;
    }

    private static readonly Regex EncodedRuns = new(
        "(%[0-9A-Fa-f]{2})+",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    );
}
