using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Tokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The refresh token grant (RFC 6749 section 6) with rotation: one statement claims the token and creates its
/// successor (OA-10, OA-12).</summary>
internal sealed class RefreshTokenGrant(ClientRegistry registry, RefreshRotations rotations, GrantAnswer answer)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsRefreshTokenGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        var redemption = await rotations.RotateAsync(
            context.Transaction.GetHttpRequest()!.HttpContext,
            client,
            context.Request.RefreshToken!,
            context.Request.GetScopes(),
            context.Transaction.GetProvenKey()
        );
        answer.Apply(context, client, nameof(RefreshTokenGrant), redemption);
    }
}
