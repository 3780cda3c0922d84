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

/// <summary>
/// Before a code, a refresh token or an approved request is claimed: whether its tokens can be signed, and encrypted
/// where the client registered so. Otherwise a key that is missing for a minute would use up what a client cannot get
/// again.
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

    // Which scopes were granted is known only after the claim, so a client that may have openid counts as one that has.
    private static bool MayGetIdToken(OpenIddictRequest request, Client client) =>
        client.Scopes.Contains(Scopes.OpenId)
        && !request.IsClientCredentialsGrantType()
        && !request.IsTokenExchangeGrantType();
}
