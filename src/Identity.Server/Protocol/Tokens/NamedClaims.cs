using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;

namespace Identity.Server.Protocol.Tokens;

/// <summary> The claims requested by name that a client may have: those of its registered scopes (OA-13). Others are
/// ignored, like unknown ones (OIDC Core 5.5). For consent, a claim counts as its scope.
/// </summary>
internal static class NamedClaims
{
    /// <summary>The member of a stored request that names claims of the ID token (OIDC Core 5.5).</summary>
    public const string IdTokenMember = "id_token";

    /// <summary>The member of a stored request that names claims of userinfo.</summary>
    public const string UserInfoMember = "userinfo";

    /// <summary>The claim of an access token that lists the claims that userinfo adds: if the client gets no refresh
    /// token, there is no row to store them.</summary>
    public const string AccessTokenClaim = "userinfo_claims";

    /// <summary>For the ID token of a grant.</summary>
    public static IReadOnlyCollection<string> OfIdToken(GrantDetails details, Client client) =>
        Kept(details, IdTokenMember, client);

    /// <summary>For userinfo with an access token of a grant.</summary>
    public static IReadOnlyCollection<string> OfUserInfo(GrantDetails details, Client client) =>
        Kept(details, UserInfoMember, client);

    /// <summary>The claims that the client may still have: a scope may have been removed from it since.</summary>
    public static IEnumerable<string> Allowed(IEnumerable<string> names, Client client) =>
        names
            .Where(name => ScopeClaims.ScopeOf(name) is { } scope && client.Scopes.Contains(scope))
            .Distinct(StringComparer.Ordinal);

    private static string[] Kept(GrantDetails details, string member, Client client) =>
        details.Claims is { ValueKind: JsonValueKind.Object } kept
        && kept.TryGetProperty(member, out var names)
        && names.ValueKind == JsonValueKind.Object
            ? [.. Allowed(names.EnumerateObject().Select(static name => name.Name), client)]
            : [];
}
