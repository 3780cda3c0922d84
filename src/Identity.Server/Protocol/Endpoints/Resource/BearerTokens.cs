using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.Server.Protocol.Endpoints.Resource;

// Resource owns how this program, where it is a resource server itself, reads access tokens of its own (RFC 9068
// section 4): for the administration API. It does not know what the API does.

/// <summary>The rules of a resource server (RFC 9068 section 4, RFC 9449 section 7.1) for tokens of this provider. One
/// SQL command, and one more for a proof of possession.</summary>
internal sealed class BearerTokens(
    Issuer issuer,
    SigningKeyRing ring,
    ClientRegistry registry,
    AccessTokenStore tokens,
    SubjectIdentifiers subjects,
    DpopRules dpop,
    TimeProvider time
) : IBearerTokens
{
    private const string Bearer = "Bearer";
    private const string InvalidToken = "invalid_token";
    private const int MaxCharacters = 16 * 1024;

    private const string NotGood =
        "The access token is not one for this API, has expired, was revoked, or its session is over.";

    public async Task<BearerReading> ReadAsync(HttpContext http, string resource)
    {
        if (http.Request.Headers.Authorization is not [{ } header])
            return http.Request.Headers.Authorization.Count == 0
                ? new BearerReading.Refused(null, "An access token is needed.", Bearer, Offer)
                : Refuse(http, "invalid_request", "The Authorization header must come once.");
        if (header.Split(' ', 2) is not [var scheme, var text] || !IsKnown(scheme))
            return new BearerReading.Refused(null, "An access token is needed.", Bearer, Offer);
        using var jwt = SignedJwt.Read(text.Trim(), MaxCharacters);
        if (jwt is null || !IsGood(jwt, resource) || registry.Find(jwt.Text("client_id")) is not { } client)
            return Refuse(http, InvalidToken, NotGood);
        if (await CheckPossessionAsync(http, jwt, text.Trim()) is { } unproven)
            return unproven;
        return
            ReferenceOf(jwt, client) is { } reference
            && (await tokens.ReadAsync(reference, http.RequestAborted)).IsActive
            ? Accept(jwt, reference)
            : Refuse(http, InvalidToken, NotGood);
    }

    public string Challenge(
        HttpContext http,
        string error,
        string text,
        params (string Name, string Value)[] parameters
    ) =>
        string.Join(
            ", ",
            parameters
                .Select(static parameter => $"{parameter.Name}=\"{parameter.Value}\"")
                .Prepend($"{SchemeOf(http)} error=\"{error}\", error_description=\"{text}\"")
        );

    // Ours by signature, issuer and type; for this API; not over. A token by which somebody acts for another (RFC 8693
    // section 4.1) administers nothing.
    private bool IsGood(SignedJwt jwt, string resource) =>
        string.Equals(jwt.Type, "at+jwt", StringComparison.OrdinalIgnoreCase)
        && ring.Published.FirstOrDefault(key => key.Kid == jwt.KeyId && key.Algorithm == jwt.Algorithm) is { } key
        && PublicJwk.Read(JsonElement.Parse(key.PublicJwk), key.Algorithm) is { } jwk
        && jwt.IsSignedBy(jwk)
        && jwt.Text("iss") == issuer.Value
        && jwt.Audiences() is { } audiences
        && audiences.Contains(resource)
        && jwt.Time("exp") is { } end
        && end > time.GetUtcNow()
        && !jwt.Claims.TryGetProperty("act", out _);

    private async Task<BearerReading.Refused?> CheckPossessionAsync(HttpContext http, SignedJwt jwt, string token)
    {
        var underDpop = SchemeOf(http) != Bearer;
        if (!jwt.Claims.TryGetProperty("cnf", out var confirmation))
            return underDpop
                ? Refuse(http, InvalidToken, "The access token is not bound to a key: send it as a bearer token.")
                : null;
        if (UntrustedJson.Text(confirmation, ProvenKey.DpopMember) is not { } thumbprint)
            return Refuse(http, InvalidToken, "This API takes no token that is bound to a certificate: use DPoP.");
        if (!underDpop)
            return new BearerReading.Refused(
                InvalidToken,
                "The access token is bound to a key: send it with a proof.",
                $"{Offer}, error=\"{InvalidToken}\""
            );
        var outcome = await dpop.CheckAsync(
            http,
            http.Request.Path.ToUriComponent(),
            new DpopExpectation(Required: true, thumbprint),
            token
        );
        return outcome switch
        {
            DpopOutcome.Bound => null,
            DpopOutcome.NonceNeeded => Refuse(
                http,
                DpopRules.UseNonce,
                "The proof must carry the nonce of the DPoP-Nonce header."
            ),
            DpopOutcome.Refused { KeyMismatch: true } refused => Refuse(http, InvalidToken, refused.Reason),
            DpopOutcome.Refused refused => Refuse(http, DpopRules.InvalidProof, refused.Reason),
            _ => Refuse(http, DpopRules.InvalidProof, "A DPoP proof is required and missing."),
        };
    }

    // Only a person's token has a session: a client may call itself what it likes, even like a subject.
    private AccessTokenReference? ReferenceOf(SignedJwt jwt, Client client)
    {
        if (jwt.Text("jti") is not { } id)
            return null;
        if (jwt.Text("sid") is not { } sid)
            return jwt.Text("sub") == client.Id ? new(id, client.Id, null, null, null) : null;
        return
            Guid.TryParseExact(sid, "D", out var session)
            && Guid.TryParseExact(jwt.Text("grant_id"), "D", out var family)
            && subjects.Find(client, jwt.Text("sub")) is { } user
            ? new(id, client.Id, user, session, family)
            : null;
    }

    private static BearerReading.Accepted Accept(SignedJwt jwt, AccessTokenReference token) =>
        new(
            token.ClientId,
            token.UserId,
            token.SessionId,
            (jwt.Text("scope") ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries),
            jwt.Claims.TryGetProperty("amr", out var amr) && amr.ValueKind == JsonValueKind.Array
                ? [.. amr.EnumerateArray().Select(static method => method.ToString())]
                : [],
            jwt.Time("auth_time")
        );

    private BearerReading.Refused Refuse(HttpContext http, string error, string text) =>
        new(error, text, Challenge(http, error, text));

    private static string Offer => $"{DpopRules.Scheme} algs=\"{string.Join(' ', DpopRules.Algorithms)}\"";

    private static string SchemeOf(HttpContext http) =>
        http
            .Request.Headers.Authorization.ToString()
            .StartsWith(DpopRules.Scheme + " ", StringComparison.OrdinalIgnoreCase)
            ? DpopRules.Scheme
            : Bearer;

    private static bool IsKnown(string scheme) =>
        scheme.Equals(Bearer, StringComparison.OrdinalIgnoreCase)
        || scheme.Equals(DpopRules.Scheme, StringComparison.OrdinalIgnoreCase);
}
