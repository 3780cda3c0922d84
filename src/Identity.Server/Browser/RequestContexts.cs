using Identity.Core.Audit;

namespace Identity.Server.Browser;

/// <summary>Who is asking, as the rooms of Identity.Core take it.</summary>
internal static class RequestContexts
{
    /// <summary>The address is that of the connection, or of the configured proxies' forwarded header when the host was
    /// told of them (BF-6).</summary>
    public static RequestContext ReadRequestContext(this HttpContext http) =>
        new(
            http.Connection.RemoteIpAddress,
            http.Request.Headers.UserAgent.ToString(),
            http.Items[DeviceCookie.Name] as string ?? DeviceCookie.Read(http)
        );
}
