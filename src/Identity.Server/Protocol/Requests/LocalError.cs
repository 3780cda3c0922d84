using System.Net.Mime;
using System.Text;
using Identity.Core.Grants;

namespace Identity.Server.Protocol.Requests;

/// <summary>An error that is shown where it happened, because there is no client to carry it to, or because a program asked.</summary>
internal static class LocalError
{
    /// <summary>Answers 400: as JSON to a program; to a person at authorize or end session through the error page, which finds the reason in the request's features.</summary>
    public static async Task WriteAsync(HttpContext http, ProtocolError error)
    {
        var response = http.Response;
        response.StatusCode = StatusCodes.Status400BadRequest;
        response.Headers.CacheControl = "no-store";
        if (!IsPersons(http.Request.Path))
        {
            await response.WriteAsJsonAsync(new Dictionary<string, string?> { ["error"] = error.Error, ["error_description"] = error.Description }, http.RequestAborted);
            return;
        }

        http.Features.Set(error);
        // To a browser the host draws the error page: it does so for every answer that has no body.
        if (http.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase))
            return;
        response.ContentType = MediaTypeNames.Text.Plain + "; charset=utf-8";
        await response.WriteAsync($"{error.Error}\n{error.Description}\n", Encoding.UTF8, http.RequestAborted);
    }

    private static bool IsPersons(PathString path) => path.StartsWithSegments(Endpoints.Authorize) || path.StartsWithSegments(Endpoints.EndSession);
}
