using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Extensions.ResourceIndicators;

/// <summary>The possible audiences of a grant's access tokens: the requested resources, or else all of its scopes
/// (TK-2: never none).</summary>
internal static class GrantAudiences
{
    /// <param name="scopes">The scopes of the token, possibly fewer than were granted. A resource that neither they nor
    /// the client include any more is left out.</param>
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
        {
            string[] allowed = [.. resources, .. client.Protocols.AllowedResources];
            resources =
            [
                .. asked
                    .Select(resource => ResourceName.Find(allowed, resource))
                    .OfType<string>()
                    .Distinct(StringComparer.Ordinal),
            ];
        }
        // Userinfo is a resource of the issuer, and its scope is openid.
        return resources.Count == 0 || scopes.Contains(Scopes.OpenId)
            ? [.. resources.Append(issuer.Value).Distinct(StringComparer.Ordinal)]
            : resources;
    }
}
