using System.Buffers;
using System.Text;
using Identity.Core.Denials;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Microsoft.AspNetCore.Http.Features;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>
/// Stands before the engine on everything under <c>/connect</c> and refuses what it would stumble over (500) or
/// forgive: NUL, broken UTF-8, repeated
/// parameters, too many, too large. What passes is handed on parsed, so that nothing is read by two rules.
/// </summary>
internal sealed class RequestGuard(
    RequestDelegate next,
    DenialRecorder recorder,
    TimeProvider time,
    ILogger<RequestGuard> logger
)
{
    /// <summary>The largest body, and the largest query (DO-2).</summary>
    public const int MostBytes = 64 * 1024;

    private const string FormType = "application/x-www-form-urlencoded";

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (!request.Path.StartsWithSegments(EndpointPaths.Prefix))
        {
            await next(http);
            return;
        }

        var problem =
            ProblemOf(request.QueryString.Value)
            ?? (HttpMethods.IsPost(request.Method) ? await ReadFormAsync(request) : null);
        if (problem is null)
        {
            await next(http);
            return;
        }

        Log.Malformed(logger, request.Path, problem, http.GetCorrelationId());
        recorder.Offer(
            new(
                http.GetCorrelationId(),
                time.GetUtcNow(),
                request.Path,
                nameof(RequestGuard),
                "invalid_request",
                problem,
                null,
                "a request that can be read one way only",
                null
            )
        );
        await LocalError.WriteAsync(http, new("invalid_request", problem));
    }

    private static string? ProblemOf(string? query)
    {
        if (query is not { Length: > 1 })
            return null;
        if (query.Length > MostBytes)
            return "The query is too large.";
        // A character beyond ASCII was never percent-encoded: its bytes are as they came.
        return FormText.Parse(Encoding.UTF8.GetBytes(query[1..])) is FormText.Refused refused ? refused.Problem : null;
    }

    private static bool CanHaveBody(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody
        ?? request.ContentLength is not 0;

    // Null when the body is sound, or is no form: that the engine refuses by its content type.
    private static async Task<string?> ReadFormAsync(HttpRequest request)
    {
        if (!CanHaveBody(request))
        {
            // A POST without a body is a form without parameters, whatever its header says: userinfo takes the token
            // from Authorization, and many clients send nothing else (OIDC Core 5.3.1).
            request.ContentType = FormType;
            request.Form = FormCollection.Empty;
            return null;
        }
        if (request.ContentType is not { } type || !type.StartsWith(FormType, StringComparison.OrdinalIgnoreCase))
            return null;
        if (request.ContentLength > MostBytes)
            return "The form is too large.";
        var buffer = ArrayPool<byte>.Shared.Rent(MostBytes + 1);
        try
        {
            var length = 0;
            int read;
            while (
                length <= MostBytes
                && (
                    read = await request.Body.ReadAsync(
                        buffer.AsMemory(length, MostBytes + 1 - length),
                        request.HttpContext.RequestAborted
                    )
                ) > 0
            )
                length += read;
            if (length > MostBytes)
                return "The form is too large.";
            var form = FormText.Parse(buffer.AsSpan(0, length));
            if (form is FormText.Refused refused)
                return refused.Problem;
            request.Form = new FormCollection(((FormText.Read)form).Parameters);
            return null;
        }
        finally
        {
            // A secret or a code may have passed through it.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
