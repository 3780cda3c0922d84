using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Tokens;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>What a <see cref="ClaimsRequest"/> comes to for its client: the scopes that consent is asked for, and the
/// names that are kept with the grant.</summary>
internal static class RequestedClaims
{
    /// <summary>The scopes whose claims are asked for by name, in order.</summary>
    public static IEnumerable<string> ScopesOf(ClaimsRequest request, Client client) =>
        NamedClaims
            .Allowed(request.IdToken.Concat(request.UserInfo), client)
            .Select(static claim => ScopeClaims.ScopeOf(claim)!)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    /// <summary>What is kept with the grant (<see cref="GrantDetails.Claims"/>): names of ours alone, nothing as it was
    /// sent. Null when there is nothing.</summary>
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
