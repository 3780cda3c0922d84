using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary>
/// A request that a client's page posted to us comes without our cookie (SameSite=Lax), so the session would look
/// ended. Sent on as a GET, which browsers do with the cookie, it is the same request (OIDC Core 3.1.2.1 allows both).
/// </summary>
internal sealed class RedirectPostToGet(RequestDelegate next)
{
    // What servers and browsers take for the longest address without thought.
    private const int MaxUrlLength = 7_500;

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        var path =
            request.Path.Equals(EndpointPaths.Authorize) ? EndpointPaths.Authorize
            : request.Path.Equals(EndpointPaths.EndSession) ? EndpointPaths.EndSession
            : null;
        if (
            path is null
            || !HttpMethods.IsPost(request.Method)
            || !request.HasFormContentType
            || request.Cookies.ContainsKey(BrowserSession.CookieName)
            || ParameterUrl.Of(path, ParameterUrl.ParametersOf(request)) is not { Length: <= MaxUrlLength } url
        )
        {
            await next(http);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = url;
        http.Response.Headers.CacheControl = "no-store";
    }
}
