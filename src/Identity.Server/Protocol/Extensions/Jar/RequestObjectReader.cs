using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.KeySets;

namespace Identity.Server.Protocol.Extensions.Jar;

// Jar owns authorization requests in a signed JWT (RFC 9101): what such an object must contain, and which members are
// parameters. It does not check the parameters.

/// <summary>The result of reading a request object. A refusal is <c>invalid_request_object</c> unless stated otherwise;
/// its reason is for the operator.</summary>
internal abstract record RequestObjectResult
{
    /// <summary>The only parameters: others in the URL are ignored (RFC 9101 section 6.3).</summary>
    internal sealed record Valid(IReadOnlyList<KeyValuePair<string, string>> Parameters) : RequestObjectResult;

    internal sealed record Invalid(string Reason, string Error = "invalid_request_object") : RequestObjectResult;
}

/// <summary>Checks a request object (RFC 9101 sections 5 and 6; FAPI 2.0 message signing section 5.3.1 for clients of
/// that profile).</summary>
internal sealed class RequestObjectReader(ClientKeys keys, Issuer issuer, TimeProvider clock)
{
    internal static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(60);

    private const int MaxCharacters = 32 * 1024;
    private const int MaxParameters = 64;

    // Members that belong to the JWT and not to the request (RFC 9101 section 4).
    private static readonly string[] JwtMembers = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];
    private static readonly string[] Forbidden =
    [
        "request",
        "request_uri",
        "client_assertion",
        "client_assertion_type",
        "client_secret",
    ];

    /// <summary>Checks the <c>request</c> of a client. The caller has found the client by the parameter
    /// <c>client_id</c> outside the object, or has authenticated it (PAR).</summary>
    public async Task<RequestObjectResult> ReadAsync(string request, Client client, CancellationToken cancellationToken)
    {
        using var jwt = SignedJwt.Read(request, MaxCharacters);
        if (jwt is null)
            return Refuse("The request object is not a signed JWT.");
        if ((CheckHeader(jwt, client) ?? CheckParties(jwt, client) ?? CheckTimes(jwt, client)) is { } fault)
            return Refuse(fault);
        var candidates = await keys.FindAsync(client, jwt.KeyId, jwt.Algorithm!, cancellationToken);
        if (!candidates.Any(jwt.IsSignedBy))
            return Refuse(
                candidates.Count == 0 ? "The client has no such key." : "The signature is not by a key of the client."
            );
        return Parameters(jwt.Claims);
    }

    private static string? CheckHeader(SignedJwt jwt, Client client)
    {
        if (jwt.Type?.ToUpperInvariant() is not (null or "JWT" or "OAUTH-AUTHZ-REQ+JWT"))
            return "typ is that of another kind of JWT.";
        IReadOnlyList<string> allowed =
            client.Protocols.RequestObjectSigningAlg is { } registered ? [registered]
            : client.Profile == ClientProfile.Fapi2 ? ["ES256", "PS256"]
            : PublicJwk.Algorithms;
        return jwt.Algorithm is { } algorithm && allowed.Contains(algorithm, StringComparer.Ordinal)
            ? null
            : "alg is not one of those accepted from this client.";
    }

    private string? CheckParties(SignedJwt jwt, Client client)
    {
        if (jwt.Text("iss") != client.Id)
            return "iss is not the client.";
        if (jwt.Text("client_id") != client.Id)
            return "client_id inside and outside must be the same.";
        // Otherwise a request object could be used as a client assertion (RFC 9101 section 10.8).
        if (jwt.Claims.TryGetProperty("sub", out _) && jwt.Text("sub") == client.Id)
            return "sub must not be the client.";
        return jwt.Audiences()?.Contains(issuer.Value) == true ? null : "aud is not this issuer.";
    }

    private string? CheckTimes(SignedJwt jwt, Client client)
    {
        var now = clock.GetUtcNow();
        var (expires, from) = (jwt.Time("exp"), jwt.Time("nbf"));
        if (jwt.Claims.TryGetProperty("exp", out _) && (expires is null || expires + Skew <= now))
            return "The request object has expired.";
        if (jwt.Claims.TryGetProperty("nbf", out _) && (from is null || from - Skew > now))
            return "nbf is in the future.";
        if (client.Profile != ClientProfile.Fapi2)
            return null;
        if (expires is null || from is null)
            return "exp and nbf are required (FAPI 2.0 message signing).";
        return now - from > MaxLifetime || expires - from > MaxLifetime
            ? "The request object is good for more than 60 minutes, or older than that."
            : null;
    }

    private static RequestObjectResult Parameters(JsonElement claims)
    {
        List<KeyValuePair<string, string>> parameters = [];
        foreach (var member in claims.EnumerateObject())
        {
            if (JwtMembers.Contains(member.Name))
                continue;
            if (Forbidden.Contains(member.Name))
                return Refuse($"{member.Name} must not stand in a request object.");
            if (Values(member) is not { } values)
                return Refuse("A parameter in the request object is of a kind that no parameter has.");
            parameters.AddRange(values.Select(value => KeyValuePair.Create(member.Name, value)));
            if (parameters.Count > MaxParameters)
                return Refuse("The request object has too many parameters.");
        }
        return new RequestObjectResult.Valid(parameters);
    }

    // RFC 9101 section 4: text and numbers as they are, JSON parameters (claims, authorization_details) as JSON;
    // resource may have several values (RFC 8707 section 2).
    private static IReadOnlyList<string>? Values(JsonProperty member)
    {
        var value = member.Value;
        return value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Number => [value.GetRawText()],
            JsonValueKind.True => ["true"],
            JsonValueKind.False => ["false"],
            JsonValueKind.Object => [value.GetRawText()],
            JsonValueKind.Array
                when member.Name == "resource"
                    && value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String) =>
            [
                .. value.EnumerateArray().Select(static item => item.GetString()!),
            ],
            JsonValueKind.Array => [value.GetRawText()],
            _ => null,
        };
    }

    private static RequestObjectResult.Invalid Refuse(string reason) => new(reason);
}
