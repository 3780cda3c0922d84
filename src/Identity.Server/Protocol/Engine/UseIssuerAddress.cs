using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine;

/// <summary>Replaces scheme and host of the request with the issuer's, because the engine derives endpoint addresses
/// from them.</summary>
internal sealed class UseIssuerAddress(Issuer issuer) : IOpenIddictServerHandler<ProcessRequestContext>
{
    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } request)
            return ValueTask.CompletedTask;
        context.BaseUri = issuer.BaseUri;
        // The engine compares paths, never queries; with an invalid path there is nothing to compare.
        context.RequestUri = Uri.TryCreate(issuer.BaseUri, request.Path.ToUriComponent().TrimStart('/'), out var uri)
            ? uri
            : issuer.BaseUri;
        return ValueTask.CompletedTask;
    }
}
