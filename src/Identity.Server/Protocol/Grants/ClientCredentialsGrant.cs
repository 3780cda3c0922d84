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
internal sealed class ClientCredentialsGrant(ClientRegistry registry, Issuer issuer, AuthorizationDetailsReader reader)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType() || registry.Find(context.ClientId) is not { } client)
            return ValueTask.CompletedTask;

        var catalog = registry.Catalog;
        string[] asked = [.. context.Request.GetScopes().Distinct(StringComparer.Ordinal)];
        // Scopes of OpenID Connect refer to a person, and there is none.
        string[] allowed =
        [
            .. client
                .Scopes.Where(scope => catalog.Scopes.TryGetValue(scope, out var known) && !known.IsStandard)
                .Order(StringComparer.Ordinal),
        ];
        if (asked.FirstOrDefault(scope => !allowed.Contains(scope)) is { } excess)
        {
            context.Deny(
                new(
                    nameof(ClientCredentialsGrant),
                    OpenIddictConstants.Errors.InvalidScope,
                    "A scope is unknown, the client is not registered for it, or it needs a person.",
                    string.Join(' ', allowed),
                    excess
                )
            );
            return ValueTask.CompletedTask;
        }

        var scopes = asked.Length > 0 ? asked : allowed;
        if (
            ResourceRules.Request(client, catalog, scopes, RequireAllowedResources.Of(context.Request))
            is not ResourceResult.Valid { Audiences: var resources }
        )
        {
            context.Deny(
                new(
                    nameof(ClientCredentialsGrant),
                    RequireAllowedResources.InvalidTarget,
                    "A resource is neither opened by the scopes nor registered for the client."
                )
            );
            return ValueTask.CompletedTask;
        }
        // There is no person, so details that the client registered need no consent (RFC 9396 section 6).
        var details = ValidateAuthorizationDetails.Of(context.Request) is { } parameter
            ? reader.Read(client, parameter)
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
            return ValueTask.CompletedTask;
        }

        context.Transaction.SetIssuance(
            new TokenIssuance
            {
                Client = client,
                Subject = client.Id,
                Scopes = scopes,
                Audiences = resources.Count > 0 ? resources : [issuer.Value],
                Key = context.Transaction.GetProvenKey(),
                AuthorizationDetails = (details as AuthorizationDetailsResult.Valid)?.Details,
            }
        );
        context.SignIn(EnginePrincipal.Of(client.Id));
        return ValueTask.CompletedTask;
    }
}
