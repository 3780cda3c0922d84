using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary> A request posted from a client's page arrives without the session cookie (SameSite=Lax), so the session
/// would seem to have ended. Redirected to a GET, with which browsers send the cookie, it is the same request (OIDC
/// Core 3.1.2.1 allows both).
/// </summary>
internal sealed class RedirectPostToGet(RequestDelegate next)
{
    // A URL length that all servers and browsers accept.
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
