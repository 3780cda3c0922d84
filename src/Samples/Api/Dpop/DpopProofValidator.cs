using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Samples.Api.Dpop;

// This folder is for copying: all that an API needs, in addition to ASP.NET Core's own JwtBearer, to accept DPoP-bound
// access tokens (RFC 9449). It knows nothing about the API around it.

/// <summary>Checks the proof of an access token by the list of RFC 9449 section 4.3.</summary>
public sealed class DpopProofValidator(SeenProofs seen, DpopNonces nonces, TimeProvider time)
{
    /// <summary>The algorithms of proofs: no symmetric ones, and never "none".</summary>
    public static IReadOnlyList<string> Algorithms { get; } = ["ES256", "ES384", "PS256", "RS256"];

    private const int MaxCharacters = 8192;
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(30);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };
    private static readonly JsonWebTokenHandler Handler = new();

    /// <summary>Why the proof is invalid; null if it is valid, which also marks it as used.</summary>
    /// <param name="header">The values of the <c>DPoP</c> header.</param>
    /// <param name="method">The method of the request.</param>
    /// <param name="uri">The configured address under which clients call, never taken from the Host header.</param>
    /// <param name="accessToken">The token exactly as it was presented.</param>
    /// <param name="thumbprint">The key that the token is bound to: <c>jkt</c> of its claim <c>cnf</c>.</param>
    public async Task<DpopProblem?> FindProblemAsync(
        StringValues header,
        string method,
        Uri uri,
        string accessToken,
        string thumbprint
    )
    {
        if (header is not [{ Length: > 0 and <= MaxCharacters } proof])
            return DpopProblem.Proof("The DPoP header must come once and hold one proof.");
        if (ReadKey(proof) is not { } key)
            return DpopProblem.Proof("The proof must be a JWT of type dpop+jwt with a public key in its header.");
        var result = await Handler.ValidateTokenAsync(
            proof,
            new TokenValidationParameters
            {
                ValidTypes = ["dpop+jwt"],
                ValidAlgorithms = Algorithms,
                IssuerSigningKey = key,
                TryAllIssuerSigningKeys = true,
                ValidateIssuer = false,
                ValidateAudience = false,
                ValidateLifetime = false,
                RequireExpirationTime = false,
            }
        );
        if (!result.IsValid)
            return DpopProblem.Proof(
                "The proof is not signed by the key in it, or with an algorithm that is not taken."
            );
        if (Base64UrlEncoder.Encode(key.ComputeJwkThumbprint()) is var proved && proved != thumbprint)
            return DpopProblem.Token("The access token is bound to another key.");
        using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(proof.Split('.')[1]), Strict);
        return CheckClaims(claims.RootElement, method, uri, accessToken, proved);
    }

    private DpopProblem? CheckClaims(JsonElement claims, string method, Uri uri, string accessToken, string thumbprint)
    {
        if (Text(claims, "htm") != method)
            return DpopProblem.Proof("htm is not the method of the request.");
        if (!IsTarget(Text(claims, "htu"), uri))
            return DpopProblem.Proof("htu is not the address of the request.");
        if (Text(claims, "ath") != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken))))
            return DpopProblem.Proof("ath is not the digest of the access token.");
        var now = time.GetUtcNow();
        if (
            !claims.TryGetProperty("iat", out var issued)
            || issued.ValueKind != JsonValueKind.Number
            || !issued.TryGetDouble(out var seconds)
            || now.ToUnixTimeSeconds() - seconds is var age
                && (age > MaxAge.TotalSeconds || age < -MaxSkew.TotalSeconds)
        )
            return DpopProblem.Proof("iat is missing, too old or in the future.");
        if (!nonces.Accepts(Text(claims, "nonce")))
            return DpopProblem.Nonce;
        // Last, so that an invalid proof is not marked as used.
        return
            Text(claims, "jti") is { Length: > 0 and <= 256 } jti
            && seen.TryAdd($"{thumbprint}.{jti}", now + MaxAge + MaxSkew)
            ? null
            : DpopProblem.Proof("jti is missing, or the proof was used before.");
    }

    private static JsonWebKey? ReadKey(string proof)
    {
        try
        {
            if (proof.Split('.') is not [var first, var second, { Length: > 0 }])
                return null;
            using var header = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(first), Strict);
            using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(second), Strict);
            // No extension is supported, so critical ones are refused (RFC 7515 section 4.1.11).
            if (
                claims.RootElement.ValueKind != JsonValueKind.Object
                || header.RootElement.ValueKind != JsonValueKind.Object
                || header.RootElement.TryGetProperty("crit", out _)
                || !header.RootElement.TryGetProperty("jwk", out var jwk)
                || jwk.ValueKind != JsonValueKind.Object
            )
                return null;
            JsonWebKey key = new(jwk.GetRawText());
            return
                !key.HasPrivateKey
                && key is { Kty: "EC", Crv: "P-256" or "P-384" } or { Kty: "RSA", KeySize: >= 2048 and <= 4096 }
                ? key
                : null;
        }
        catch (Exception malformed)
            when (malformed
                    is FormatException
                        or JsonException
                        or ArgumentException
                        or InvalidOperationException
                        or CryptographicException
            )
        {
            return null;
        }
    }

    // Query and fragment do not count (RFC 9449 4.3, item 9).
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
        && target.AbsolutePath == uri.AbsolutePath;

    private static string? Text(JsonElement json, string name)
    {
        try
        {
            return json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Invalid escapes.
            return null;
        }
    }
}

/// <summary>The error code of RFC 9449 section 7.1.</summary>
public sealed record DpopProblem(string Error, string Description)
{
    /// <summary>The caller should try again with the nonce of the header <c>DPoP-Nonce</c>.</summary>
    public static DpopProblem Nonce { get; } =
        new("use_dpop_nonce", "The proof must carry the nonce of the DPoP-Nonce header.");

    internal static DpopProblem Proof(string description) => new("invalid_dpop_proof", description);

    internal static DpopProblem Token(string description) => new("invalid_token", description);
}
