using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Server.Protocol.Requests.Authorization;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

// ClaimsParameter owns the parameter claims (OIDC Core section 5.5): which claims a client requests by name, for which
// token, and which of them are essential.

/// <summary>The parsed parameter. Unknown claims are ignored, as section 5.5 requires; a malformed parameter refuses
/// the request.</summary>
/// <param name="IdToken">Names of known claims for the ID token.</param>
/// <param name="UserInfo">Names of known claims for the userinfo answer.</param>
/// <param name="Subject">The subject that must be signed in, from <c>sub</c> with a value (section 5.5.1): another is
/// <c>login_required</c>.</param>
/// <param name="AcrValues">The contexts requested by <c>acr</c>, in order of preference.</param>
/// <param name="AcrEssential">Whether one of them is essential.</param>
/// <param name="RequestsAuthTime">Whether <c>auth_time</c> is requested.</param>
internal sealed record ClaimsRequest(
    IReadOnlyList<string> IdToken,
    IReadOnlyList<string> UserInfo,
    string? Subject,
    IReadOnlyList<string> AcrValues,
    bool AcrEssential,
    bool RequestsAuthTime
)
{
    private const int MaxBytes = 8 * 1024;
    private const int MaxClaims = 64;
    private const int MaxDepth = 8;

    public static ClaimsRequest None { get; } = new([], [], null, [], false, false);

    /// <summary>The claims request of a request that <see cref="ValidateClaimsParameter"/> accepted.</summary>
    public static ClaimsRequest Of(AuthorizationParameters request) => Read(request.Claims) ?? None;

    /// <summary>Parses the parameter; null if it is malformed (<c>invalid_request</c>).</summary>
    public static ClaimsRequest? Read(string? parameter)
    {
        if (parameter is null)
            return None;
        if (parameter.Length > MaxBytes)
            return null;
        using var document = UntrustedJson.Read(parameter, MaxDepth);
        return document?.RootElement is { ValueKind: JsonValueKind.Object } root ? Read(root) : null;
    }

    private static ClaimsRequest? Read(JsonElement root)
    {
        var known = ScopeClaims.All.ToHashSet(StringComparer.Ordinal);
        Demands idToken = new(known);
        Demands userInfo = new(known);
        foreach (var (name, demands) in new[] { ("id_token", idToken), ("userinfo", userInfo) })
        {
            if (
                root.TryGetProperty(name, out var member)
                && member.ValueKind != JsonValueKind.Null
                && !demands.Add(member)
            )
                return null;
        }
        // A subject or context requested in both places must be the same.
        if (idToken.Subject is { } one && userInfo.Subject is { } other && one != other)
            return null;
        return new(
            idToken.Names,
            userInfo.Names,
            idToken.Subject ?? userInfo.Subject,
            idToken.AcrValues.Count > 0 ? idToken.AcrValues : userInfo.AcrValues,
            idToken.AcrEssential || userInfo.AcrEssential,
            idToken.AuthTime
        );
    }

    private sealed class Demands(HashSet<string> known)
    {
        public List<string> Names { get; } = [];
        public List<string> AcrValues { get; private set; } = [];
        public string? Subject { get; private set; }
        public bool AcrEssential { get; private set; }
        public bool AuthTime { get; private set; }

        public bool Add(JsonElement member)
        {
            if (member.ValueKind != JsonValueKind.Object)
                return false;
            var count = 0;
            foreach (var claim in member.EnumerateObject())
            {
                if (++count > MaxClaims || !AddClaim(claim.Name, claim.Value))
                    return false;
            }
            return true;
        }

        // Null, or an object with essential, value and values; other members are ignored (section 5.5.1).
        private bool AddClaim(string name, JsonElement demand)
        {
            if (demand.ValueKind is not (JsonValueKind.Null or JsonValueKind.Object))
                return false;
            var essential = false;
            List<string> values = [];
            if (
                demand.ValueKind == JsonValueKind.Object
                && !(ReadEssential(demand, out essential) && ReadValues(demand, values))
            )
                return false;
            switch (name)
            {
                case "sub":
                    Subject = values.Count == 1 ? values[0] : Subject;
                    return values.Count <= 1;
                case "acr":
                    AcrValues = values;
                    AcrEssential = essential && values.Count > 0;
                    return true;
                case "auth_time":
                    AuthTime = true;
                    return true;
                default:
                    if (known.Contains(name))
                        Names.Add(name);
                    return true;
            }
        }

        private static bool ReadEssential(JsonElement demand, out bool essential)
        {
            essential = false;
            if (!demand.TryGetProperty("essential", out var value))
                return true;
            essential = value.ValueKind == JsonValueKind.True;
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        }

        private static bool ReadValues(JsonElement demand, List<string> values)
        {
            if (demand.TryGetProperty("value", out var one) && one.ValueKind == JsonValueKind.String)
                values.Add(one.GetString()!);
            if (!demand.TryGetProperty("values", out var several))
                return true;
            if (several.ValueKind != JsonValueKind.Array || several.GetArrayLength() > 16)
                return false;
            values.AddRange(
                several
                    .EnumerateArray()
                    .Where(static item => item.ValueKind == JsonValueKind.String)
                    .Select(static item => item.GetString()!)
            );
            return true;
        }
    }
}
