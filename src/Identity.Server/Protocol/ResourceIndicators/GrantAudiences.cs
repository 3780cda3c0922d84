using Identity.Core.Clients;
using Identity.Core.Grants;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.ResourceIndicators;

/// <summary>What the access tokens of a grant may be for: the resources that were asked for, or else all that its scopes open (TK-2: never none).</summary>
internal static class GrantAudiences
{
    /// <param name="scopes">Those that the token gets, which may be fewer than were granted.</param>
    public static IReadOnlyList<string> Of(ClientCatalog catalog, Issuer issuer, IReadOnlyCollection<string> scopes, GrantDetails details)
    {
        var resources = details.Resources is { Count: > 0 } asked ? asked : catalog.ResourcesOf(scopes);
        // Userinfo is a resource of the issuer's own, and openid is the scope that opens it.
        return resources.Count == 0 || scopes.Contains(Scopes.OpenId) ? [.. resources.Append(issuer.Value).Distinct(StringComparer.Ordinal)] : resources;
    }
}
