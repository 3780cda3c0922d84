using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary> Allows clients and proxies to cache metadata and keys for an hour. A key is announced days before it signs
/// (KM-3), so a cached copy never misses a signing key.
/// </summary>
internal sealed class AllowCaching<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Response?.Error is null && context.Transaction.GetHttpRequest() is { } request)
            request.HttpContext.Response.Headers.CacheControl = "public, max-age=3600";
        return ValueTask.CompletedTask;
    }
}
