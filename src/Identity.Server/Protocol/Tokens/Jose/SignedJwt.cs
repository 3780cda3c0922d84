using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary> Parses signed JWTs of other parties; the result is not yet verified. It has three parts of base64url and
/// JSON objects read by <see cref="UntrustedJson"/>, so that reading a claim cannot throw. Its header does not choose a
/// key or an algorithm: the rules of each protocol do, from allow-lists.
/// </summary>
internal sealed class SignedJwt : IDisposable
{
    // The last year of the calendar is excluded, so that a skew or a lifetime can be added to any time.
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

    /// <summary><c>alg</c>; null if it is missing.</summary>
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

    /// <summary>Parses a JWT; null if it is too long or not exactly one JWT.</summary>
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
        // No extension is supported, so critical ones are refused (RFC 7515 section 4.1.11).
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
    /// for any other text.</summary>
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

    /// <summary>A text claim; null if it is missing or of another type.</summary>
    public string? Text(string claim) => UntrustedJson.Text(Claims, claim);

    /// <summary>A time claim (NumericDate); null if it is missing, of another type, or not a valid date.</summary>
    public DateTimeOffset? Time(string claim) =>
        Claims.TryGetProperty(claim, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds > 0
        && seconds < EndOfTime
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    /// <summary><c>aud</c>, one value or a list of texts; null if it is anything else.</summary>
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
