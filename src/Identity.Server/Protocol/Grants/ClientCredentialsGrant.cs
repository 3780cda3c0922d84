using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The client credentials grant (RFC 6749 4.4): a token for the client itself. No SQL.</summary>
internal sealed class ClientCredentialsGrant(
    ClientRegistry registry,
    ClientOwnTokens tokens,
    AuthorizationDetailsReader reader
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType() || registry.Find(context.ClientId) is not { } client)
            return ValueTask.CompletedTask;
        var decision = tokens.Decide(client, context.Request.GetScopes(), RequireAllowedResources.Of(context.Request));
        if (decision is ClientOwnToken.Granted { Issuance: var issuance })
            Issue(context, issuance);
        else
            Refuse(context, decision);
        return ValueTask.CompletedTask;
    }

    private void Issue(HandleTokenRequestContext context, TokenIssuance issuance)
    {
        // No person is behind it: what the client is registered for needs nobody's consent (RFC 9396 section 6).
        var details = ValidateAuthorizationDetails.Of(context.Request) is { } parameter
            ? reader.Read(issuance.Client, parameter)
            : null;
        if (details is AuthorizationDetailsResult.Invalid unsound)
        {
            context.Deny(
                new(
                    nameof(ClientCredentialsGrant),
                    ValidateAuthorizationDetails.InvalidDetails,
                    unsound.Reason,
                    "objects of the client's types"
                )
            );
            return;
        }
        context.Transaction.SetIssuance(
            issuance with
            {
                Key = context.Transaction.GetProvenKey(),
                AuthorizationDetails = (details as AuthorizationDetailsResult.Valid)?.Details,
            }
        );
        context.SignIn(EnginePrincipal.Of(issuance.Client.Id));
    }

    private static void Refuse(HandleTokenRequestContext context, ClientOwnToken decision) =>
        context.Deny(
            decision is ClientOwnToken.ScopeExceeded excess
                ? new(
                    nameof(ClientCredentialsGrant),
                    OpenIddictConstants.Errors.InvalidScope,
                    "A scope is unknown, the client is not registered for it, or it needs a person.",
                    string.Join(' ', excess.Allowed),
                    excess.Scope
                )
                : new(
                    nameof(ClientCredentialsGrant),
                    RequireAllowedResources.InvalidTarget,
                    "A resource is neither opened by the scopes nor registered for the client."
                )
        );
}
