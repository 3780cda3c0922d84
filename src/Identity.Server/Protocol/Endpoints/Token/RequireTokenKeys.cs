using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary>Runs <see cref="TokenKeys"/> before any grant.</summary>
internal sealed class RequireTokenKeys(ClientRegistry registry, TokenKeys keys)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (registry.Find(context.ClientId) is not { } client)
            return;
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        if (await keys.CheckAsync(client, MayGetIdToken(context.Request, client), cancellation) is { } missing)
            context.Deny(missing);
    }

    // The granted scopes are known only after the claim, so a client that may use openid is treated as if it does.
    private static bool MayGetIdToken(OpenIddictRequest request, Client client) =>
        client.Scopes.Contains(Scopes.OpenId)
        && !request.IsClientCredentialsGrantType()
        && !request.IsTokenExchangeGrantType();
}
