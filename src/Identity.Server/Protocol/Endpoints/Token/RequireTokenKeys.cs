using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Token;

/// <summary> Checks, before a code, a refresh token or an approved request is claimed, that its tokens can be signed
/// and, if the client registered it, encrypted. Otherwise a key that is missing for a minute would consume something
/// that the client cannot get again.
/// </summary>
internal sealed class RequireTokenKeys(
    ClientRegistry registry,
    AccessTokenWriter accessTokens,
    SigningKeyRing ring,
    IdTokenEncryption encryption
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (registry.Find(context.ClientId) is not { } client)
            return;
        var needsIdToken = MayGetIdToken(context.Request, client);
        ring.Current(accessTokens.AlgorithmFor(client));
        if (needsIdToken)
            ring.Current(client.IdTokenSignedResponseAlg);
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        if (needsIdToken && !await encryption.IsPossibleAsync(client, cancellation))
            context.Deny(IdTokenEncryption.Refusal(client));
    }

    // The granted scopes are known only after the claim, so a client that may use openid is treated as if it does.
    private static bool MayGetIdToken(OpenIddictRequest request, Client client) =>
        client.Scopes.Contains(Scopes.OpenId)
        && !request.IsClientCredentialsGrantType()
        && !request.IsTokenExchangeGrantType();
}
