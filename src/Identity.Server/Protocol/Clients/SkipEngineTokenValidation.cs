using System.Security.Claims;
using Identity.Core.PersonalTokens;
using Identity.Core.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients;

/// <summary> Codes, refresh tokens and personal access tokens are opaque and not the engine's, so it must not read
/// them. It gets a principal that names only the presenter; one statement at the end decides whether the token is
/// valid, after every other check has passed, so that no refused request consumes it.
/// </summary>
internal sealed class SkipEngineTokenValidation : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        switch (context.EndpointType)
        {
            case OpenIddictServerEndpointType.Token when context.Request.IsAuthorizationCodeGrantType():
                context.ValidateAuthorizationCode = false;
                context.AuthorizationCodePrincipal = Presented(
                    context.ClientId,
                    TokenTypeIdentifiers.Private.AuthorizationCode
                );
                break;
            case OpenIddictServerEndpointType.Token when context.Request.IsRefreshTokenGrantType():
                context.ValidateRefreshToken = false;
                context.RefreshTokenPrincipal = Presented(context.ClientId, TokenTypeIdentifiers.RefreshToken);
                break;
            case OpenIddictServerEndpointType.Token when context.Request.IsDeviceCodeGrantType():
                context.ValidateDeviceCode = false;
                context.DeviceCodePrincipal = Presented(context.ClientId, TokenTypeIdentifiers.Private.DeviceCode);
                break;
            case OpenIddictServerEndpointType.Token
                when context.Request.IsTokenExchangeGrantType()
                    && PersonalToken.TryParse(context.Request.SubjectToken, out _):
                context.ValidateSubjectToken = false;
                context.SubjectTokenPrincipal = Presented(context.ClientId, TokenTypeIdentifiers.AccessToken);
                break;
            case OpenIddictServerEndpointType.Introspection when PersonalToken.TryParse(context.Request.Token, out _):
                context.ValidateGenericToken = false;
                context.GenericTokenPrincipal = Presented(context.ClientId, TokenTypeIdentifiers.AccessToken);
                break;
            case OpenIddictServerEndpointType.Introspection
            or OpenIddictServerEndpointType.Revocation when OpaqueToken.TryParse(context.Request.Token, out _):
                context.ValidateGenericToken = false;
                context.GenericTokenPrincipal = Presented(context.ClientId, TokenTypeIdentifiers.RefreshToken);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private static ClaimsPrincipal? Presented(string? clientId, string tokenType)
    {
        // Without a client id the engine refuses the request before it looks at the principal.
        if (string.IsNullOrEmpty(clientId))
            return null;
        ClaimsPrincipal principal = new(new ClaimsIdentity("presented"));
        return principal.SetTokenType(tokenType).SetPresenters(clientId);
    }
}
