using Identity.Core.Audit;

namespace Identity.Server.Browser;

/// <summary>The request context for the rooms of Identity.Core.</summary>
internal static class RequestContexts
{
    /// <summary>The address is that of the connection, or the one forwarded by a configured proxy (BF-6).</summary>
    public static RequestContext ReadRequestContext(this HttpContext http) =>
        new(
            http.Connection.RemoteIpAddress,
            http.Request.Headers.UserAgent.ToString(),
            http.Items[DeviceCookie.Name] as string ?? DeviceCookie.Read(http)
        );
}
