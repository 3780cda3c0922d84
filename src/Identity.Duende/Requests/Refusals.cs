using System.Globalization;
using Identity.Core.Denials;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;

namespace Identity.DuendeHost.Requests;

/// <summary>The public answer of a refusal.</summary>
internal sealed record Refusal(string Error, string? Description);

/// <summary> Logs every refusal under the trace id that the person sees, by which <c>identity explain</c> finds it.
/// Where a rule of this provider refused, its error replaces Duende's.
/// </summary>
internal sealed class Refusals(RequestState state, DenialRecorder recorder, TimeProvider time, ILogger<Refusals> logger)
{
    /// <summary>What the client is told.</summary>
    public Refusal Note(HttpContext http, string? error, string? description, string? clientId)
    {
        var denial = state.Denial ?? new Denial("engine", error ?? "invalid_request", description ?? "");
        var trace = http.GetCorrelationId();
        if (denial.Error != "authorization_pending")
        {
            DeniedRequest denied = new(
                trace ?? "",
                time.GetUtcNow(),
                http.Request.Path,
                denial.Rule,
                denial.Error,
                denial.Description,
                clientId,
                denial.Expected,
                denial.Received
            );
            var shown = denied.Redacted();
            Log.Refused(
                logger,
                shown.Endpoint,
                shown.Rule,
                shown.Error,
                shown.ClientId,
                shown.Expected,
                shown.Received,
                trace
            );
            if (trace is not null)
                recorder.Offer(denied);
        }
        return new(denial.Error, denial.Description is { Length: > 0 } text ? text : null);
    }

    /// <summary>Writes a refusal as JSON (RFC 6749 section 5.2).</summary>
    public Task WriteAsync(HttpContext http, Refusal refusal) =>
        WriteAsync(
            http,
            refusal,
            refusal.Error == "invalid_client" ? StatusCodes.Status401Unauthorized : StatusCodes.Status400BadRequest
        );

    /// <summary>Writes a refusal as JSON with a status, or with 429 where the sender must wait. A 401 says how to
    /// authenticate (RFC 9110 section 15.5.2).</summary>
    public async Task WriteAsync(HttpContext http, Refusal refusal, int status)
    {
        var response = http.Response;
        response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Basic realm=\"identity\"";
        response.Headers.CacheControl = "no-store";
        if (state.RetryAfter is { } pause)
        {
            response.StatusCode = StatusCodes.Status429TooManyRequests;
            response.Headers.RetryAfter = ((int)Math.Ceiling(pause.TotalSeconds)).ToString(
                CultureInfo.InvariantCulture
            );
        }
        await response.WriteAsJsonAsync(
            new Dictionary<string, string?> { ["error"] = refusal.Error, ["error_description"] = refusal.Description },
            http.RequestAborted
        );
    }
}
