using Microsoft.AspNetCore;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Engine;

/// <summary>Distinguishes endpoints that are one kind for the engine.</summary>
internal static class RequestPath
{
    /// <summary>Whether the request has this path, with or without a trailing slash, because the engine accepts
    /// both.</summary>
    public static bool IsAt(this OpenIddictServerTransaction transaction, string path) =>
        transaction.GetHttpRequest() is { } request
        && request.Path.Value?.TrimEnd('/').Equals(path, StringComparison.OrdinalIgnoreCase) == true;
}
