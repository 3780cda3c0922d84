using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.UserInfo;

/// <summary>The userinfo endpoint (OIDC Core 5.3): the current claims of the scopes, as long as account, session and
/// grant are valid. One SQL command.</summary>
internal sealed class UserInfoEndpoint(
    Issuer issuer,
    ClientRegistry registry,
    AccessTokenStore tokens,
    IProfileService profile,
    SubjectIdentifiers subjects
) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        var principal = context.AccessTokenPrincipal!;
        if (!principal.HasScope(Scopes.OpenId) || !principal.HasAudience(issuer.Value))
        {
            context.Deny(
                new(
                    nameof(UserInfoEndpoint),
                    Errors.InsufficientScope,
                    "The access token does not have the scope openid.",
                    Scopes.OpenId,
                    string.Join(' ', principal.GetScopes())
                )
            );
            return;
        }

        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        if (
            AccessTokenReader.Read(principal) is not { UserId: not null } token
            || await registry.FindAsync(token.ClientId, http.ReadRequestContext().IpAddress, http.RequestAborted)
                is not { } client
            || await tokens.ReadAsync(token, http.RequestAborted) is not { Subject: { } subject }
        )
        {
            context.Deny(
                new(
                    nameof(UserInfoEndpoint),
                    Errors.InvalidToken,
                    "The access token was revoked, or the session behind it is over.",
                    "a live session, grant and client"
                )
            );
            return;
        }

        context.Subject = subjects.Of(client, subject.Id);
        string[] named = [.. NamedClaims.Allowed(principal.GetClaims(NamedClaims.AccessTokenClaim), client)];
        foreach (
            var (name, value) in profile.GetProfileData(
                new(subject, client, principal.GetScopes(), named, ProfileCaller.UserInfo)
            )
        )
        {
            if (name != Claims.Subject)
                context.Claims[name] = Parameter(value);
        }
        SignUserInfoResponse.Keep(context.Transaction, client);
        http.Response.Headers.CacheControl = "no-store";
    }

    private static OpenIddictParameter Parameter(object value) =>
        value switch
        {
            bool flag => flag,
            long number => number,
            JsonElement json => new OpenIddictParameter(json),
            _ => (string)value,
        };
}
