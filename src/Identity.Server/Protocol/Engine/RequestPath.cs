using Microsoft.AspNetCore;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Engine;

/// <summary>Tells the endpoints apart that are one kind to the engine.</summary>
internal static class RequestPath
{
    /// <summary>Whether the request came to this path, with or without a slash at its end, as the engine takes
    /// both.</summary>
    public static bool IsAt(this OpenIddictServerTransaction transaction, string path) =>
        transaction.GetHttpRequest() is { } request
        && request.Path.Value?.TrimEnd('/').Equals(path, StringComparison.OrdinalIgnoreCase) == true;
}
