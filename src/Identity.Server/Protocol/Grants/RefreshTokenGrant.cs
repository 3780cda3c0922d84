using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The refresh token grant (RFC 6749 section 6) with rotation: one statement claims the token and creates its
/// successor (OA-10, OA-12).</summary>
internal sealed class RefreshTokenGrant(
    ClientRegistry registry,
    RefreshTokenStore tokens,
    IOptions<GrantOptions> options,
    GrantAnswer answer
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsRefreshTokenGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        string[] scopes = [.. context.Request.GetScopes().Distinct(StringComparer.Ordinal)];
        RefreshRotation rotation = new(
            context.Request.RefreshToken!,
            client.Id,
            scopes.Length > 0 ? scopes : null,
            context.Transaction.GetProvenKey()?.ToJson(),
            client.RefreshTokenIdleLifetime,
            client.RefreshTokenGrace ?? options.Value.RefreshGrace,
            http.ReadRequestContext(),
            Keeps: client.Profile == ClientProfile.Fapi2,
            BindsFamily: !client.IsConfidential,
            ReuseEndsSession: client.RefreshTokenReuseEnds == RefreshTokenReuse.Session
        );
        answer.Apply(
            context,
            client,
            nameof(RefreshTokenGrant),
            await tokens.RotateAsync(rotation, http.RequestAborted)
        );
    }
}
