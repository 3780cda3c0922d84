using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary>
/// A signed JWT of somebody else, taken apart and not yet believed: three parts, canonical base64url, JSON objects
/// without duplicate members and not deep. Nothing in its
/// header chooses a key or an algorithm on its own: the rules of each protocol do, from allow-lists.
/// </summary>
internal sealed class SignedJwt : IDisposable
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonDocument _header;
    private readonly JsonDocument _claims;
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private SignedJwt(JsonDocument header, JsonDocument claims, byte[] signed, byte[] signature) =>
        (_header, _claims, _signed, _signature) = (header, claims, signed, signature);

    /// <summary><c>alg</c>; null when it is missing.</summary>
    public string? Algorithm => Text(_header.RootElement, "alg");

    /// <summary><c>typ</c>, without a leading <c>application/</c> (RFC 7515 section 4.1.9).</summary>
    public string? Type =>
        Text(_header.RootElement, "typ") is { } type
        && type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            ? type["application/".Length..]
            : Text(_header.RootElement, "typ");

    /// <summary><c>kid</c>.</summary>
    public string? KeyId => Text(_header.RootElement, "kid");

    /// <summary>The claims.</summary>
    public JsonElement Claims => _claims.RootElement;

    /// <summary>Takes a JWT apart; null when it is too long or not exactly one.</summary>
    public static SignedJwt? Read(string? text, int mostCharacters)
    {
        if (
            text is null
            || text.Length > mostCharacters
            || text.Split('.') is not [var first, var second, var third]
            || third.Length == 0
        )
            return null;
        JsonDocument? header = null;
        JsonDocument? claims = null;
        try
        {
            header = JsonDocument.Parse(Base64Url.DecodeFromChars(first), Strict);
            claims = JsonDocument.Parse(Base64Url.DecodeFromChars(second), Strict);
            // No extension is understood, so one that is critical cannot be (RFC 7515 section 4.1.11).
            if (
                header.RootElement.ValueKind == JsonValueKind.Object
                && claims.RootElement.ValueKind == JsonValueKind.Object
                && !header.RootElement.TryGetProperty("crit", out _)
            )
                return new(
                    header,
                    claims,
                    Encoding.ASCII.GetBytes($"{first}.{second}"),
                    Base64Url.DecodeFromChars(third)
                );
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            // What cannot be read is no JWT; the caller says so.
        }
        header?.Dispose();
        claims?.Dispose();
        return null;
    }

    /// <summary>Whether it is signed by this key.</summary>
    public bool IsSignedBy(PublicJwk key) => key.Verifies(_signed, _signature);

    /// <summary>A claim that is text; null when it is missing or something else.</summary>
    public string? Text(string claim) => Text(Claims, claim);

    /// <summary>A claim that is a time (NumericDate); null when it is missing, something else, or no time that a
    /// calendar has.</summary>
    public DateTimeOffset? Time(string claim) =>
        Claims.TryGetProperty(claim, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds is > 0 and < 253_402_300_799
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
            // Escapes that make no valid UTF-16.
            return null;
        }
    }
}
