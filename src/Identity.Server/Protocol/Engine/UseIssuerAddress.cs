using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Engine;

/// <summary>Puts the issuer in the place of scheme and host of the request, from which the engine would make up
/// endpoint addresses.</summary>
internal sealed class UseIssuerAddress(Issuer issuer) : IOpenIddictServerHandler<ProcessRequestContext>
{
    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } request)
            return ValueTask.CompletedTask;
        context.BaseUri = issuer.BaseUri;
        // The engine compares paths, never queries; a path that is no URI leaves it nothing to compare.
        context.RequestUri = Uri.TryCreate(issuer.BaseUri, request.Path.ToUriComponent().TrimStart('/'), out var uri)
            ? uri
            : issuer.BaseUri;
        return ValueTask.CompletedTask;
    }
}
