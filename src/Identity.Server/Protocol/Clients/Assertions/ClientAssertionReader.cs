using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Identity.Server.Protocol.Tokens.KeySets;

namespace Identity.Server.Protocol.Clients.Assertions;

/// <summary>The result of reading a client assertion. A refusal is <c>invalid_client</c>; its reason is for the
/// operator.</summary>
internal abstract record ClientAssertionResult
{
    internal sealed record Valid(Client Client) : ClientAssertionResult;

    internal sealed record Invalid(string Reason) : ClientAssertionResult;
}

/// <summary> The rules of <c>private_key_jwt</c> (RFC 7523 section 3, OIDC Core section 9, FAPI 2.0 security profile
/// 5.3.2.1): issued by the client about itself, for this provider, short-lived, used once, and signed with a registered
/// key (OA-7).
/// </summary>
internal sealed class ClientAssertionReader(
    ClientRegistry clients,
    ClientKeys keys,
    ReplayGuard replay,
    Issuer issuer,
    TimeProvider clock
)
{
    /// <summary>The value of <c>client_assertion_type</c>.</summary>
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    // Some libraries (Authlib) use an hour. An assertion works only once, so a long lifetime is not a risk in itself.
    internal static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(60);
    internal static readonly TimeSpan FapiMaxLifetime = TimeSpan.FromMinutes(5);
    internal static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    internal const int MaxCharacters = 8192;

    private static readonly string[] FapiAlgorithms = ["ES256", "PS256"];

    /// <summary>Checks an assertion. The <c>jti</c> is claimed last, so that only a valid assertion is
    /// consumed.</summary>
    /// <param name="clientId">The request's <c>client_id</c>, if present; it must match.</param>
    /// <param name="endpoints">The public addresses that <c>aud</c> may contain in addition to the issuer: the token
    /// endpoint's and that of the called endpoint.</param>
    public async Task<ClientAssertionResult> ReadAsync(
        string? assertion,
        string? clientId,
        IReadOnlyCollection<string> endpoints,
        CancellationToken cancellationToken
    )
    {
        using var jwt = SignedJwt.Read(assertion, MaxCharacters);
        if (jwt is null)
            return Refuse("The assertion is not a signed JWT.");
        if (jwt.Text("iss") is not { } subject || subject != jwt.Text("sub"))
            return Refuse("iss and sub must both be the client id.");
        if (clientId is not null && clientId != subject)
            return Refuse("client_id is not that of the assertion.");
        if (clients.Find(subject) is not { } client)
            return Refuse("There is no such client.");
        if (!client.AuthMethods.Contains(ClientAuthMethod.PrivateKeyJwt))
            return Refuse("The client is not registered for private_key_jwt.");
        if (CheckHeader(jwt, client) is { } header)
            return Refuse(header);
        if (CheckAudience(jwt, client, endpoints) is { } audience)
            return Refuse(audience);
        if (CheckTimes(jwt, client, out var expires) is { } times)
            return Refuse(times);
        if (jwt.Text("jti") is not { Length: > 0 and <= 256 } jti)
            return Refuse("jti must have 1 to 256 characters.");

        var candidates = await keys.FindAsync(client, jwt.KeyId, jwt.Algorithm!, cancellationToken);
        if (!candidates.Any(jwt.IsSignedBy))
            return Refuse(
                candidates.Count == 0 ? "The client has no such key." : "The signature is not by a key of the client."
            );
        var keep = expires + Skew - clock.GetUtcNow() + TimeSpan.FromSeconds(10);
        return await replay.TryClaimAsync("client_assertion", client.Id, jti, keep, cancellationToken)
            ? new ClientAssertionResult.Valid(client)
            : Refuse("The assertion was used before.");
    }

    private static string? CheckHeader(SignedJwt jwt, Client client)
    {
        if (jwt.Type?.ToUpperInvariant() is not (null or "JWT" or "CLIENT-AUTHENTICATION+JWT"))
            return "typ is that of another kind of JWT.";
        IReadOnlyList<string> allowed =
            client.Protocols.TokenEndpointAuthSigningAlg is { } registered ? [registered]
            : client.Profile == ClientProfile.Fapi2 ? FapiAlgorithms
            : PublicJwk.Algorithms;
        return jwt.Algorithm is { } algorithm && allowed.Contains(algorithm, StringComparer.Ordinal)
            ? null
            : "alg is not one of those accepted from this client.";
    }

    // Every value must be this provider's: an assertion that is also valid elsewhere could be replayed from there. FAPI
    // 2.0 accepts only the issuer, as a string.
    private string? CheckAudience(SignedJwt jwt, Client client, IReadOnlyCollection<string> endpoints)
    {
        if (jwt.Audiences() is not { } audiences)
            return "aud is missing.";
        if (client.Profile == ClientProfile.Fapi2)
            return jwt.Text("aud") == issuer.Value ? null : "aud must be the issuer and nothing else (FAPI 2.0).";
        return audiences.All(audience => audience == issuer.Value || endpoints.Contains(audience))
            ? null
            : "aud is neither the issuer nor the token endpoint.";
    }

    private string? CheckTimes(SignedJwt jwt, Client client, out DateTimeOffset expires)
    {
        var now = clock.GetUtcNow();
        expires = jwt.Time("exp") ?? default;
        if (expires == default)
            return "exp is missing.";
        if (expires + Skew <= now)
            return "The assertion has expired.";
        var longest = client.Profile == ClientProfile.Fapi2 ? FapiMaxLifetime : MaxLifetime;
        if (expires - Skew > now + longest)
            return $"exp is more than {longest.TotalMinutes:0} minutes ahead.";
        if (jwt.Claims.TryGetProperty("nbf", out _) && (jwt.Time("nbf") is not { } from || from - Skew > now))
            return "nbf is in the future.";
        if (jwt.Claims.TryGetProperty("iat", out _) && (jwt.Time("iat") is not { } issued || issued - Skew > now))
            return "iat is in the future.";
        return null;
    }

    private static ClientAssertionResult.Invalid Refuse(string reason) => new(reason);
}
