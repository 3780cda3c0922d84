using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Tokens.Jose;

namespace Identity.Server.Protocol.Extensions.Dpop;

// Dpop owns proofs of possession (RFC 9449): what a proof must contain, and server nonces. It does not know endpoints,
// clients or tokens; a valid proof must still be claimed once in the replay guard.

/// <summary>The result of reading a proof.</summary>
internal abstract record DpopProofResult
{
    /// <summary>The proof is valid for this request, provided that its <paramref name="Jti"/> was not used before with
    /// this key.</summary>
    internal sealed record Valid(string Thumbprint, string Jti) : DpopProofResult;

    /// <summary>Answer <c>invalid_dpop_proof</c>; the reason is for the operator.</summary>
    internal sealed record Invalid(string Reason) : DpopProofResult;

    /// <summary>Answer <c>use_dpop_nonce</c> with a fresh nonce (RFC 9449 section 8).</summary>
    internal sealed record NonceNeeded : DpopProofResult;
}

/// <summary>The request that a proof must match.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Uri">Public URI of the endpoint, as clients see it.</param>
/// <param name="AccessToken">The token presented with the proof, at a resource.</param>
/// <param name="RequireNonce">Whether a server nonce is required.</param>
internal sealed record DpopRequest(string Method, Uri Uri, string? AccessToken, bool RequireNonce);

/// <summary>Checks a proof by the list of RFC 9449 section 4.3, except for the single use of <c>jti</c>, which needs
/// the shared store.</summary>
internal sealed class DpopProofReader(DpopNonces nonces, TimeProvider clock)
{
    /// <summary>How old a proof may be.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(60);

    /// <summary>How far ahead the sender's clock may be.</summary>
    internal static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(30);

    /// <summary>How long a used <c>jti</c> must be remembered: as long as a proof can be accepted.</summary>
    internal static readonly TimeSpan KeepJti = MaxAge + MaxSkew + TimeSpan.FromSeconds(10);

    private const int MaxCharacters = 8192;

    /// <summary>Reads the values of the <c>DPoP</c> header.</summary>
    public DpopProofResult Read(IReadOnlyList<string?> header, DpopRequest request)
    {
        if (header is not [{ Length: > 0 and <= MaxCharacters } proof])
            return new DpopProofResult.Invalid("The DPoP header must be sent once and hold one proof.");
        using var jwt = SignedJwt.Read(proof, MaxCharacters);
        if (jwt is null)
            return new DpopProofResult.Invalid("The proof is not a signed JWT.");
        if (CheckHeader(jwt, out var key) is { } fault)
            return new DpopProofResult.Invalid(fault);
        return jwt.IsSignedBy(key!)
            ? CheckClaims(jwt.Claims, request, key!)
            : new DpopProofResult.Invalid("The signature is not by the key in jwk.");
    }

    private static string? CheckHeader(SignedJwt jwt, out PublicJwk? key)
    {
        key = null;
        if (!string.Equals(UntrustedJson.Text(jwt.Header, "typ"), "dpop+jwt", StringComparison.OrdinalIgnoreCase))
            return "typ must be dpop+jwt.";
        if (jwt.Algorithm is not { } algorithm || !PublicJwk.Algorithms.Contains(algorithm, StringComparer.Ordinal))
            return "alg is not accepted.";
        key = jwt.Header.TryGetProperty("jwk", out var jwk) ? PublicJwk.Read(jwk, algorithm) : null;
        return key is null ? "jwk must be a public key that fits alg." : null;
    }

    private DpopProofResult CheckClaims(JsonElement claims, DpopRequest request, PublicJwk key)
    {
        if (UntrustedJson.Text(claims, "jti") is not { Length: > 0 and <= 256 } jti)
            return new DpopProofResult.Invalid("jti must have 1 to 256 characters.");
        if (UntrustedJson.Text(claims, "htm") != request.Method)
            return new DpopProofResult.Invalid("htm is not the method of the request.");
        if (!IsTarget(UntrustedJson.Text(claims, "htu"), request.Uri))
            return new DpopProofResult.Invalid("htu is not the URI of the request.");
        if (!IsRecent(claims))
            return new DpopProofResult.Invalid("iat is missing, too old, or in the future.");
        if (!IsWithinItsOwnLimits(claims))
            return new DpopProofResult.Invalid("The proof is past its exp, or before its nbf.");
        if (
            request.AccessToken is { } token
            && UntrustedJson.Text(claims, "ath")
                != Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(token)))
        )
            return new DpopProofResult.Invalid("ath is not the digest of the access token.");
        // A nonce is checked even if none is required (RFC 9449 4.3, item 10).
        if (
            claims.TryGetProperty("nonce", out _)
                ? !nonces.Accepts(UntrustedJson.Text(claims, "nonce"))
                : request.RequireNonce
        )
            return new DpopProofResult.NonceNeeded();
        return new DpopProofResult.Valid(key.Thumbprint, jti);
    }

    // Ignored are query and fragment, the case of scheme and host, a default port, and unnecessary escapes (RFC 9449
    // 4.3, RFC 3986 6.2.2 and 6.2.3).
    private static bool IsTarget(string? htu, Uri uri) =>
        Uri.TryCreate(htu, UriKind.Absolute, out var target)
        && target.UserInfo.Length == 0
        && Uri.Compare(
            target,
            uri,
            UriComponents.SchemeAndServer,
            UriFormat.UriEscaped,
            StringComparison.OrdinalIgnoreCase
        ) == 0
        && string.Equals(target.AbsolutePath, uri.AbsolutePath, StringComparison.Ordinal);

    private bool IsRecent(JsonElement claims)
    {
        if (Number(claims, "iat") is not { } seconds)
            return false;
        var age = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000d - seconds;
        return age <= MaxAge.TotalSeconds && age >= -MaxSkew.TotalSeconds;
    }

    // A proof needs neither, but they apply if present (RFC 7519 sections 4.1.4 and 4.1.5).
    private bool IsWithinItsOwnLimits(JsonElement claims)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000d;
        return (!claims.TryGetProperty("exp", out _) || Number(claims, "exp") > now - MaxSkew.TotalSeconds)
            && (!claims.TryGetProperty("nbf", out _) || Number(claims, "nbf") <= now + MaxSkew.TotalSeconds);
    }

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var number)
            ? number
            : null;
}
