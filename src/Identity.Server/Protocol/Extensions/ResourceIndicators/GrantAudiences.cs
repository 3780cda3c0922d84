using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Extensions.ResourceIndicators;

/// <summary>What the access tokens of a grant may be for: the resources that were asked for, or else all that its
/// scopes open (TK-2: never none).</summary>
internal static class GrantAudiences
{
    /// <param name="scopes">Those that the token gets, which may be fewer than were granted. A resource that neither
    /// they nor the client open any more is left out.</param>
    public static IReadOnlyList<string> Of(
        ClientCatalog catalog,
        Issuer issuer,
        Client client,
        IReadOnlyCollection<string> scopes,
        GrantDetails details
    )
    {
        var resources = catalog.ResourcesOf(scopes);
        if (details.Resources is { Count: > 0 } asked)
            resources =
            [
                .. asked
                    .Where(resource =>
                        resources.Contains(resource) || client.Protocols.AllowedResources.Contains(resource)
                    )
                    .Distinct(StringComparer.Ordinal),
            ];
        // Userinfo is a resource of the issuer's own, and openid is the scope that opens it.
        return resources.Count == 0 || scopes.Contains(Scopes.OpenId)
            ? [.. resources.Append(issuer.Value).Distinct(StringComparer.Ordinal)]
            : resources;
    }
}
