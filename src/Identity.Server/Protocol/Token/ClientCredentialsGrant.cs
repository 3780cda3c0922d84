using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Token;

/// <summary>The client credentials grant (RFC 6749 4.4): a token for the client itself. No SQL.</summary>
internal sealed class ClientCredentialsGrant(ClientRegistry registry, Issuer issuer) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsClientCredentialsGrantType() || registry.Find(context.ClientId) is not { } client)
            return ValueTask.CompletedTask;

        var catalog = registry.Catalog;
        string[] asked = [.. context.Request.GetScopes().Distinct(StringComparer.Ordinal)];
        // Scopes of OpenID Connect speak of a person, and there is none.
        string[] allowed = [.. client.Scopes.Where(scope => catalog.Scopes.TryGetValue(scope, out var known) && !known.IsStandard).Order(StringComparer.Ordinal)];
        if (asked.FirstOrDefault(scope => !allowed.Contains(scope)) is { } excess)
        {
            context.Deny(new(nameof(ClientCredentialsGrant), OpenIddictConstants.Errors.InvalidScope,
                "A scope is unknown, the client is not registered for it, or it needs a person.", string.Join(' ', allowed), excess));
            return ValueTask.CompletedTask;
        }

        var scopes = asked.Length > 0 ? asked : allowed;
        context.Transaction.SetIssuance(new TokenIssuance
        {
            Client = client,
            Subject = client.Id,
            Scopes = scopes,
            Audiences = catalog.ResourcesOf(scopes) is { Count: > 0 } resources ? resources : [issuer.Value],
            Key = context.Transaction.GetProvenKey(),
        });
        context.SignIn(EnginePrincipal.Of(client.Id));
        return ValueTask.CompletedTask;
    }
}
