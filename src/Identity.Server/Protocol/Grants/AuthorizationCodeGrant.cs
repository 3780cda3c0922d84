using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The authorization code grant (RFC 6749 4.1.3, RFC 7636 4.5): one statement checks and consumes the code and
/// creates the family (OA-5).</summary>
internal sealed class AuthorizationCodeGrant(ClientRegistry registry, AuthorizationCodeStore codes, GrantAnswer answer)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsAuthorizationCodeGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        TimeSpan? refresh = client.GrantTypes.Contains(OpenIddictConstants.GrantTypes.RefreshToken)
            ? client.RefreshTokenIdleLifetime
            : null;
        CodeRedemption redemption = new(
            context.Request.Code!,
            client.Id,
            context.Request.RedirectUri,
            context.Request.CodeVerifier,
            context.Transaction.GetProvenKey()?.ToJson(),
            refresh,
            client.RefreshTokenAbsoluteLifetime,
            client.OfflineAccessOutlivesSession,
            http.ReadRequestContext(),
            BindsFamily: !client.IsConfidential
        );
        answer.Apply(
            context,
            client,
            nameof(AuthorizationCodeGrant),
            await codes.RedeemAsync(redemption, http.RequestAborted)
        );
    }
}
