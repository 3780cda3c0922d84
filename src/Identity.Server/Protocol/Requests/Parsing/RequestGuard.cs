using Identity.Core.Denials;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Microsoft.AspNetCore.Http.Features;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary> Runs before the engine on everything under <c>/connect</c> and refuses what the engine would fail on (500)
/// or tolerate: invalid text, repeated parameters, too many parameters, too much data, unknown charsets. It passes
/// requests on parsed, so that nothing is parsed by two sets of rules.
/// </summary>
internal sealed class RequestGuard(
    RequestDelegate next,
    DenialRecorder recorder,
    TimeProvider time,
    ILogger<RequestGuard> logger
)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (!request.Path.StartsWithSegments(EndpointPaths.Prefix))
        {
            await next(http);
            return;
        }

        var problem = ProblemOf(request.QueryString.Value) ?? await ReadFormAsync(request);
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
        if (query.Length > RequestForm.MaxBytes)
            return "The query is too large.";
        return FormText.ParseQuery(query, FormRules.Protocol) is FormText.Refused refused ? refused.Problem : null;
    }

    private static bool CanHaveBody(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody
        ?? request.ContentLength is not 0;

    // Null if the body is valid or is not a form, which the engine refuses by its content type.
    private static async Task<string?> ReadFormAsync(HttpRequest request)
    {
        if (HttpMethods.IsPost(request.Method) && !CanHaveBody(request))
        {
            // A POST without a body counts as a form without parameters, whatever its content type: userinfo reads the
            // token from Authorization, and many clients send nothing else (OIDC Core 5.3.1).
            request.ContentType = RequestForm.FormType;
            request.Form = FormCollection.Empty;
            return null;
        }
        return await RequestForm.ReadAsync(request, FormRules.Protocol) is FormReading.Refused refused
            ? refused.Problem
            : null;
    }
}
