using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Requests.ErrorAnswers;

/// <summary>An error that is shown directly, because there is no client to return it to, or because a program made the
/// request.</summary>
internal static class LocalError
{
    /// <summary> Answers 400. A person at authorize or end session gets the error page, which finds the reason in the
    /// request's features: Hosting renders an answer without a body. Everyone else gets JSON.
    /// </summary>
    public static Task WriteAsync(HttpContext http, ProtocolError error)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.Headers.CacheControl = "no-store";
        if (IsPersons(http.Request))
        {
            http.Features.Set(error);
            return Task.CompletedTask;
        }

        return http.Response.WriteAsJsonAsync(
            new Dictionary<string, string?> { ["error"] = error.Error, ["error_description"] = error.Description },
            http.RequestAborted
        );
    }

    // Browsers accept text/html when they navigate; programs that call these addresses do not.
    private static bool IsPersons(HttpRequest request) =>
        (
            request.Path.StartsWithSegments(EndpointPaths.Authorize)
            || request.Path.StartsWithSegments(EndpointPaths.EndSession)
        ) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
