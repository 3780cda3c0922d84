using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary>
/// The one reader of signed JWTs of somebody else: taken apart and not yet believed. Three parts of base64url, JSON
/// objects by <see cref="UntrustedJson"/>, so that nothing that reads a claim can throw. Nothing in its header chooses
/// a key or an algorithm on its own: the rules of each protocol do, from allow-lists.
/// </summary>
internal sealed class SignedJwt : IDisposable
{
    // The last year of the calendar is left out, so that a skew or a lifetime can be added to any time.
    private static readonly double EndOfTime = new DateTimeOffset(
        9999,
        1,
        1,
        0,
        0,
        0,
        TimeSpan.Zero
    ).ToUnixTimeSeconds();

    private readonly JsonDocument _header;
    private readonly JsonDocument _claims;
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private SignedJwt(JsonDocument header, JsonDocument claims, byte[] signed, byte[] signature) =>
        (_header, _claims, _signed, _signature) = (header, claims, signed, signature);

    /// <summary><c>alg</c>; null when it is missing.</summary>
    public string? Algorithm => UntrustedJson.Text(Header, "alg");

    /// <summary><c>typ</c>, without a leading <c>application/</c> (RFC 7515 section 4.1.9).</summary>
    public string? Type =>
        UntrustedJson.Text(Header, "typ") is { } type
        && type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            ? type["application/".Length..]
            : UntrustedJson.Text(Header, "typ");

    /// <summary><c>kid</c>.</summary>
    public string? KeyId => UntrustedJson.Text(Header, "kid");

    /// <summary>The header.</summary>
    public JsonElement Header => _header.RootElement;

    /// <summary>The claims.</summary>
    public JsonElement Claims => _claims.RootElement;

    /// <summary>Takes a JWT apart; null when it is too long or not exactly one.</summary>
    public static SignedJwt? Read(string? text, int mostCharacters)
    {
        if (
            text is null
            || text.Length > mostCharacters
            || text.Split('.') is not [var first, var second, { Length: > 0 } third]
            || Decode(first) is not { } headerBytes
            || Decode(second) is not { } claimBytes
            || Decode(third) is not { } signature
        )
            return null;
        var header = UntrustedJson.Read(headerBytes);
        var claims = UntrustedJson.Read(claimBytes);
        // No extension is understood, so one that is critical cannot be (RFC 7515 section 4.1.11).
        if (
            header is { RootElement: { ValueKind: JsonValueKind.Object } named }
            && claims is { RootElement.ValueKind: JsonValueKind.Object }
            && !named.TryGetProperty("crit", out _)
        )
            return new(header, claims, Encoding.ASCII.GetBytes($"{first}.{second}"), signature);
        header?.Dispose();
        claims?.Dispose();
        return null;
    }

    /// <summary>The bytes of canonical base64url (RFC 7515 section 2): no padding, no white space, nothing else. Null
    /// for everything that is not.</summary>
    public static byte[]? Decode(string text)
    {
        if (!text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            return null;
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether it is signed by this key.</summary>
    public bool IsSignedBy(PublicJwk key) => key.Verifies(_signed, _signature);

    /// <summary>A claim that is text; null when it is missing or something else.</summary>
    public string? Text(string claim) => UntrustedJson.Text(Claims, claim);

    /// <summary>A claim that is a time (NumericDate); null when it is missing, something else, or no time that a
    /// calendar has.</summary>
    public DateTimeOffset? Time(string claim) =>
        Claims.TryGetProperty(claim, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds > 0
        && seconds < EndOfTime
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    /// <summary><c>aud</c>, one value or a list of texts; null when it is anything else.</summary>
    public IReadOnlyList<string>? Audiences()
    {
        if (!Claims.TryGetProperty("aud", out var value))
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        return
            value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() is > 0 and <= 16
            && value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(static item => item.GetString()!)]
            : null;
    }

    public void Dispose()
    {
        _header.Dispose();
        _claims.Dispose();
    }
}
