using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;

namespace Identity.Server.Protocol.ClaimsParameter;

/// <summary>
/// Which of the claims asked for by name a client may have: those that a scope opens for which it is registered
/// (OA-13). What it may not have is passed over, as what
/// is not known (OIDC Core 5.5). To consent, a claim counts as its scope.
/// </summary>
internal static class NamedClaims
{
    private const string IdTokenMember = "id_token";
    private const string UserInfoMember = "userinfo";

    /// <summary>The claim of an access token that says which claims userinfo adds: there is no row that remembers it
    /// where the client gets no refresh token.</summary>
    public const string AccessTokenClaim = "userinfo_claims";

    /// <summary>The scopes whose claims are asked for by name, in order.</summary>
    public static IEnumerable<string> ScopesOf(ClaimsRequest request, Client client) =>
        Allowed(request.IdToken.Concat(request.UserInfo), client)
            .Select(static claim => ScopeClaims.ScopeOf(claim)!)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>What is kept with the grant (<see cref="GrantDetails.Claims"/>): names of ours alone, nothing as it was
    /// sent. Null when there is nothing.</summary>
    public static JsonElement? ToKeep(ClaimsRequest request, Client client)
    {
        Dictionary<string, Dictionary<string, object?>> members = new(StringComparer.Ordinal);
        foreach (var (member, names) in new[] { (IdTokenMember, request.IdToken), (UserInfoMember, request.UserInfo) })
        {
            if (Allowed(names, client).ToArray() is { Length: > 0 } allowed)
                members[member] = allowed.ToDictionary(
                    static name => name,
                    static _ => (object?)null,
                    StringComparer.Ordinal
                );
        }
        return members.Count > 0 ? JsonSerializer.SerializeToElement(members) : null;
    }

    /// <summary>For the ID token of a grant.</summary>
    public static IReadOnlyCollection<string> OfIdToken(GrantDetails details, Client client) =>
        Kept(details, IdTokenMember, client);

    /// <summary>For userinfo with an access token of a grant.</summary>
    public static IReadOnlyCollection<string> OfUserInfo(GrantDetails details, Client client) =>
        Kept(details, UserInfoMember, client);

    /// <summary>Those that the client may still have: a scope may have been taken from it since.</summary>
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
