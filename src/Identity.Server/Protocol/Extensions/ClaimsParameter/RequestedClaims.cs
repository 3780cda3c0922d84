using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Tokens;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>The result of a <see cref="ClaimsRequest"/> for its client: the scopes that need consent, and the names
/// that are stored with the grant.</summary>
internal static class RequestedClaims
{
    /// <summary>The scopes whose claims are requested by name, in order.</summary>
    public static IEnumerable<string> ScopesOf(ClaimsRequest request, Client client) =>
        NamedClaims
            .Allowed(request.IdToken.Concat(request.UserInfo), client)
            .Select(static claim => ScopeClaims.ScopeOf(claim)!)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>The value stored with the grant (<see cref="GrantDetails.Claims"/>): only known names, nothing as
    /// received. Null if there is nothing.</summary>
    public static JsonElement? ToKeep(ClaimsRequest request, Client client)
    {
        Dictionary<string, Dictionary<string, object?>> members = new(StringComparer.Ordinal);
        foreach (
            var (member, names) in new[]
            {
                (NamedClaims.IdTokenMember, request.IdToken),
                (NamedClaims.UserInfoMember, request.UserInfo),
            }
        )
        {
            if (NamedClaims.Allowed(names, client).ToArray() is { Length: > 0 } allowed)
                members[member] = allowed.ToDictionary(
                    static name => name,
                    static _ => (object?)null,
                    StringComparer.Ordinal
                );
        }
        return members.Count > 0 ? JsonSerializer.SerializeToElement(members) : null;
    }
}
