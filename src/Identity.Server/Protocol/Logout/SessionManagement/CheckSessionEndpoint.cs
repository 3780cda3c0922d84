using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Logout.SessionManagement;

/// <summary>Returns the iframe (<c>check_session_iframe</c>). It is the same for everybody, needs no session and may be
/// cached.</summary>
internal static class CheckSessionEndpoint
{
    public static void Map(WebApplication app) =>
        app.MapMethods(
            EndpointPaths.CheckSession,
            [HttpMethods.Get, HttpMethods.Head],
            static http =>
            {
                http.GetContentPolicy().Whole = CheckSessionFrame.ContentSecurityPolicy;
                http.Response.ContentType = "text/html; charset=utf-8";
                return http.Response.WriteAsync(CheckSessionFrame.Html, http.RequestAborted);
            }
        );
}
