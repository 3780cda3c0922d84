using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Revocation;

/// <summary>
/// The revocation endpoint (RFC 7009): a refresh token takes its whole family with it, an access token itself alone. A
/// token that is not the client's is left
/// alone, and the answer is the same, so that nobody learns whose it is. One SQL command.
/// </summary>
internal sealed class RevocationEndpoint(
    ClientRegistry registry,
    AccessTokenStore accessTokens,
    RefreshTokenStore refreshTokens,
    TimeProvider time
) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var client = registry.Find(context.Request.ClientId)!;
        if (OpaqueToken.TryParse(context.Request.Token, out var token))
        {
            await refreshTokens.RevokeAsync(token.Value, client.Id, http.ReadRequestContext(), http.RequestAborted);
            return;
        }

        var principal = context.GenericTokenPrincipal!;
        if (
            !principal.HasTokenType(TokenTypeIdentifiers.AccessToken)
            || AccessTokenReader.Read(principal) is not { } accessToken
            || accessToken.ClientId != client.Id
        )
            return;
        if (principal.GetExpirationDate() - time.GetUtcNow() is { } remaining && remaining > TimeSpan.Zero)
            await accessTokens.RevokeAsync(
                accessToken,
                remaining + TimeSpan.FromMinutes(1),
                http.ReadRequestContext(),
                http.RequestAborted
            );
    }
}
