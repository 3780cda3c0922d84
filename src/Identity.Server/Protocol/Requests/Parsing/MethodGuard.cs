using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>Answers 405 with <c>Allow</c> (RFC 9110 section 15.5.6) if an endpoint of the engine does not accept the
/// method; the engine would answer a malformed request.</summary>
internal sealed class MethodGuard(RequestDelegate next)
{
    private static readonly string[] Read = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Posted = [HttpMethods.Post];
    private static readonly string[] Either = [HttpMethods.Get, HttpMethods.Post];

    private static readonly Dictionary<string, string[]> Methods = new(StringComparer.OrdinalIgnoreCase)
    {
        [EndpointPaths.Configuration] = Read,
        [EndpointPaths.AuthorizationServer] = Read,
        [EndpointPaths.JsonWebKeySet] = Read,
        [EndpointPaths.Authorize] = Either,
        [EndpointPaths.EndSession] = Either,
        [EndpointPaths.UserInfo] = Either,
        [EndpointPaths.PushedAuthorization] = Posted,
        [EndpointPaths.Token] = Posted,
        [EndpointPaths.Introspection] = Posted,
        [EndpointPaths.Revocation] = Posted,
        [EndpointPaths.DeviceAuthorization] = Posted,
        [EndpointPaths.BackchannelAuthentication] = Posted,
    };

    public Task InvokeAsync(HttpContext http)
    {
        // The engine also accepts a trailing slash.
        var path = http.Request.Path.Value?.TrimEnd('/') ?? string.Empty;
        if (!Methods.TryGetValue(path, out var allowed) || allowed.Contains(http.Request.Method))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        http.Response.Headers.Allow = string.Join(", ", allowed);
        return Task.CompletedTask;
    }
}
