using System.Collections.Immutable;
using System.Globalization;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.PersonalTokens;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Introspection;

/// <summary> The introspection endpoint (RFC 7662): for a client's own tokens, and for a resource server's access
/// tokens (OA-14). Everything else is reported as inactive, without details. One SQL command, and one more for a
/// reference token.
/// </summary>
internal sealed class IntrospectionEndpoint(
    Issuer issuer,
    ClientRegistry registry,
    AccessTokenStore accessTokens,
    RefreshTokenStore refreshTokens,
    PersonalTokenReader personalTokens,
    PersonalTokenScopes personalScopes,
    SubjectIdentifiers subjects
) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    // RFC 7800 3.1, RFC 8693 4.1, RFC 9396 9.2: as in the token.
    private static readonly string[] AsGranted = ["cnf", "act", "authorization_details"];

    public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var client = registry.Find(context.Request.ClientId)!;
        var problem =
            OpaqueToken.TryParse(context.Request.Token, out var token)
                ? await DescribeRefreshTokenAsync(context, client, token, http.RequestAborted)
            : PersonalToken.TryParse(context.Request.Token, out var personal)
                ? await DescribePersonalTokenAsync(context, client, personal, http)
            : await DescribeAccessTokenAsync(context, client, http.RequestAborted);
        if (problem is not null)
            context.Deny(
                new(
                    nameof(IntrospectionEndpoint),
                    Errors.InvalidToken,
                    "The token is not active.",
                    "an active token that concerns the client",
                    problem
                )
            );
        else
            context.Claims[Claims.Issuer] = issuer.Value;
    }

    private async Task<string?> DescribeRefreshTokenAsync(
        HandleIntrospectionRequestContext context,
        Client client,
        OpaqueToken token,
        CancellationToken cancellationToken
    )
    {
        var state = await refreshTokens.InspectAsync(token.Value, cancellationToken);
        if (state is null || state.ClientId != client.Id)
            return "no refresh token of this client";
        if (!state.IsActive)
            return "an ended refresh token";
        context.Subject = subjects.Of(client, state.UserId);
        context.ClientId = state.ClientId;
        context.Scopes.UnionWith(state.Scopes);
        context.IssuedAt = state.IssuedAt;
        context.ExpiresAt = state.ExpiresAt;
        context.Claims[SessionClaims.SessionId] = state.SessionId.ToString("D");
        context.Claims[Claims.AuthenticationTime] = state.Details.AuthTime;
        if (state.Details.Confirmation is { } confirmation)
            context.Claims["cnf"] = new OpenIddictParameter(confirmation);
        if (state.Details.AuthorizationDetails is { } details)
            context.Claims["authorization_details"] = new OpenIddictParameter(details);
        return null;
    }

    private async Task<string?> DescribeAccessTokenAsync(
        HandleIntrospectionRequestContext context,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var principal = context.GenericTokenPrincipal!;
        if (
            !principal.HasTokenType(TokenTypeIdentifiers.AccessToken)
            || AccessTokenReader.Read(principal) is not { } token
        )
            return "no access token";
        if (token.ClientId != client.Id && !principal.GetAudiences().Any(client.Resources.Contains))
            return "an access token of another client for another resource";
        if (!(await accessTokens.ReadAsync(token, cancellationToken)).IsActive)
            return "an access token that was revoked, or whose session is over";

        context.Subject = principal.GetClaim(Claims.Subject);
        context.ClientId = token.ClientId;
        context.TokenId = token.TokenId;
        var claims = AccessTokenReader.ClaimsOf(
            ResolveReference.SignedForm(context.Transaction, context.Request.Token!)
        );
        context.TokenType = RequireBoundProof.KeyOf(principal.GetClaim("cnf")) is null
            ? TokenTypes.Bearer
            : DpopRules.Scheme;
        context.Scopes.UnionWith(principal.GetScopes());
        context.Audiences.UnionWith(principal.GetAudiences());
        context.IssuedAt = principal.GetCreationDate();
        context.ExpiresAt = principal.GetExpirationDate();
        foreach (var name in AsGranted)
        {
            if (claims.TryGetProperty(name, out var value))
                context.Claims[name] = new OpenIddictParameter(value);
        }
        AddSignIn(context, token, principal);
        return null;
    }

    // Only for an API whose scopes the token has, and of these only its own: it hears nothing of the others, nor that a
    // token without any of its scopes exists.
    private async Task<string?> DescribePersonalTokenAsync(
        HandleIntrospectionRequestContext context,
        Client client,
        PersonalToken presented,
        HttpContext http
    )
    {
        var found = await personalTokens.FindAsync(
            presented,
            personalScopes.Of(client.Resources),
            client.Id,
            http.ReadRequestContext(),
            http.RequestAborted
        );
        if (found is not { } token)
            return "no live personal access token with a scope of this client's resources";
        context.Subject = subjects.Of(client, token.Subject.Id);
        context.TokenId = token.Id.ToString("D");
        context.TokenType = TokenTypes.Bearer;
        context.Scopes.UnionWith(token.Scopes);
        context.Audiences.UnionWith(registry.Catalog.ResourcesOf(token.Scopes).Where(client.Resources.Contains));
        context.IssuedAt = token.CreatedAt;
        context.ExpiresAt = token.ExpiresAt;
        return null;
    }

    private static void AddSignIn(
        HandleIntrospectionRequestContext context,
        AccessTokenReference token,
        System.Security.Claims.ClaimsPrincipal principal
    )
    {
        if (token.SessionId is not { } sessionId)
            return;
        context.Claims[SessionClaims.SessionId] = sessionId.ToString("D");
        if (
            long.TryParse(principal.GetClaim(Claims.AuthenticationTime), CultureInfo.InvariantCulture, out var authTime)
        )
            context.Claims[Claims.AuthenticationTime] = authTime;
        if (principal.GetClaims(Claims.AuthenticationMethodReference) is { IsEmpty: false } amr)
            context.Claims[Claims.AuthenticationMethodReference] = ImmutableArray.CreateRange<string?>(amr);
        if (principal.GetClaim(Claims.AuthenticationContextReference) is { } acr)
            context.Claims[Claims.AuthenticationContextReference] = acr;
    }
}
