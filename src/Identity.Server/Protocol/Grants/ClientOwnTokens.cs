using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Tokens;

namespace Identity.Server.Protocol.Grants;

/// <summary>What a client may get for itself.</summary>
internal abstract record ClientOwnToken
{
    private ClientOwnToken() { }

    /// <summary>This token.</summary>
    public sealed record Granted(TokenIssuance Issuance) : ClientOwnToken;

    /// <summary>A scope is unknown, not the client's, or speaks of a person.</summary>
    public sealed record ScopeExceeded(string Scope, IReadOnlyList<string> Allowed) : ClientOwnToken;

    /// <summary>A resource is neither opened by the scopes nor registered for the client (RFC 8707 section
    /// 2).</summary>
    public sealed record ResourceRefused : ClientOwnToken;
}

/// <summary>The rules of the client credentials grant (RFC 6749 section 4.4).</summary>
internal sealed class ClientOwnTokens(ClientRegistry registry, Issuer issuer)
{
    /// <param name="asked">The scopes that were asked for; none for all that the client may have.</param>
    /// <param name="resources">The resources that were asked for; none for all that the scopes open.</param>
    public ClientOwnToken Decide(Client client, IEnumerable<string> asked, IReadOnlyList<string> resources)
    {
        var catalog = registry.Catalog;
        IReadOnlyList<string> scopes = [.. asked.Distinct(StringComparer.Ordinal)];
        var allowed = catalog.OwnScopesOf(client);
        if (scopes.FirstOrDefault(scope => !allowed.Contains(scope)) is { } excess)
            return new ClientOwnToken.ScopeExceeded(excess, allowed);
        if (scopes.Count == 0)
            scopes = allowed;
        return
            ResourceRules.Request(client, catalog, scopes, resources) is ResourceResult.Valid { Audiences: var found }
            ? new ClientOwnToken.Granted(
                new TokenIssuance
                {
                    Client = client,
                    Subject = client.Id,
                    Scopes = scopes,
                    Audiences = found.Count > 0 ? found : [issuer.Value],
                }
            )
            : new ClientOwnToken.ResourceRefused();
    }
}
