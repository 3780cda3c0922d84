using Identity.Core.Clients;
using Identity.Server.Protocol.Tokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The authorization code grant (RFC 6749 4.1.3, RFC 7636 4.5).</summary>
internal sealed class AuthorizationCodeGrant(ClientRegistry registry, CodeRedemptions codes, GrantAnswer answer)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsAuthorizationCodeGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        var redemption = await codes.RedeemAsync(
            context.Transaction.GetHttpRequest()!.HttpContext,
            client,
            new(context.Request.Code!, context.Request.RedirectUri, context.Request.CodeVerifier),
            context.Transaction.GetProvenKey()
        );
        answer.Apply(context, client, nameof(AuthorizationCodeGrant), redemption);
    }
}
