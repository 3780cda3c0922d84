using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Revocation;

/// <summary> The revocation endpoint (RFC 7009): a refresh token is revoked with its whole family, an access token
/// alone. A token of another client is refused (section 2.1), without details. An unknown or expired token is answered
/// as if it had been revoked (section 2.2). One SQL command.
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
            if (
                await refreshTokens.RevokeAsync(token.Value, client.Id, http.ReadRequestContext(), http.RequestAborted)
                is RefreshRevocation.OfAnotherClient
            )
                Refuse(context);
            return;
        }

        var principal = context.GenericTokenPrincipal!;
        if (
            !principal.HasTokenType(TokenTypeIdentifiers.AccessToken)
            || AccessTokenReader.Read(principal) is not { } accessToken
        )
            return;
        if (accessToken.ClientId != client.Id)
        {
            Refuse(context);
            return;
        }
        if (principal.GetExpirationDate() - time.GetUtcNow() is { } remaining && remaining > TimeSpan.Zero)
            await accessTokens.RevokeAsync(
                accessToken,
                remaining + TimeSpan.FromMinutes(1),
                http.ReadRequestContext(),
                http.RequestAborted
            );
    }

    private static void Refuse(HandleRevocationRequestContext context) =>
        context.Deny(
            new(
                nameof(RevocationEndpoint),
                Errors.InvalidGrant,
                "This client cannot revoke the token.",
                "a token issued to the client that asks",
                "one issued to another client"
            )
        );
}
