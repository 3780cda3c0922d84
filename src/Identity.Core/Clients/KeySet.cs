using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Core.Clients;

/// <summary>The rules for a JSON Web Key Set of a client (RFC 7517), given in a definition or a registration, or
/// fetched from an address.</summary>
public static class KeySet
{
    /// <summary>The maximum number of keys of a set that are read.</summary>
    public const int MaxKeys = 32;

    private const int MaxText = 500;
    private static readonly string[] Secrets = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    private static readonly string[] Texts = ["kid", "use", "alg"];
    private static readonly string[] Numbers = ["x", "y", "n", "e"];
    private static readonly Dictionary<string, ECCurve> Curves = new(StringComparer.Ordinal)
    {
        ["P-256"] = ECCurve.NamedCurves.nistP256,
        ["P-384"] = ECCurve.NamedCurves.nistP384,
        ["P-521"] = ECCurve.NamedCurves.nistP521,
    };

    /// <summary>The keys of a set that was read by <see cref="UntrustedJson"/>; other values than objects are skipped.
    /// Empty if it is not a set.</summary>
    public static IEnumerable<JsonElement> KeysOf(JsonElement set) =>
        set.ValueKind == JsonValueKind.Object
        && set.TryGetProperty("keys", out var keys)
        && keys.ValueKind == JsonValueKind.Array
            ? keys.EnumerateArray().Where(static key => key.ValueKind == JsonValueKind.Object)
            : [];

    /// <summary>Why this cannot be a client's set; null if it can.</summary>
    public static string? Problem(string text)
    {
        using var document = UntrustedJson.Read(text);
        if (document is null)
            return "is not JSON, or holds text that cannot be stored";
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("keys", out var keys)
            || keys.ValueKind != JsonValueKind.Array
        )
            return "must be a JSON Web Key Set with a member keys";
        if (keys.GetArrayLength() > MaxKeys)
            return $"holds more than {MaxKeys} keys";
        return keys.EnumerateArray().Select(ProblemOf).FirstOrDefault(static problem => problem is not null);
    }

    private static string? ProblemOf(JsonElement key)
    {
        if (UntrustedJson.Text(key, "kty") is null)
            return "holds a member that is no key: each is an object with kty";
        if (Secrets.Any(name => key.TryGetProperty(name, out _)))
            return "holds a private or symmetric key; give public keys only";
        if (
            Texts.Any(name =>
                key.TryGetProperty(name, out _) && UntrustedJson.Text(key, name) is not { Length: > 0 and <= MaxText }
            )
        )
            return $"holds a key whose kid, use or alg is not a text of 1 to {MaxText} characters";
        // A key that cannot be read would be stored and never fit: its client learns it here, not at every request.
        if (Numbers.Any(name => key.TryGetProperty(name, out _) && NumberOf(key, name) is null))
            return "holds a key whose x, y, n or e is not base64url";
        // A key may be named by its certificate alone, for mutual TLS (RFC 8705 section 2.2).
        if (!Numbers.Any(name => key.TryGetProperty(name, out _)))
            return null;
        return UntrustedJson.Text(key, "kty") switch
        {
            "EC" => PointProblem(key),
            "RSA" => ModulusProblem(key),
            _ => null,
        };
    }

    // RFC 7518 section 6.2.1; a curve that is not known here is skipped when a key is chosen (RFC 7517 section 5).
    private static string? PointProblem(JsonElement key)
    {
        if (UntrustedJson.Text(key, "crv") is not { } name)
            return "holds an EC key without crv";
        if (!Curves.TryGetValue(name, out var curve))
            return null;
        if (NumberOf(key, "x") is not { } x || NumberOf(key, "y") is not { } y)
            return "holds an EC key without x or y";
        try
        {
            using var point = ECDsa.Create(
                new ECParameters
                {
                    Curve = curve,
                    Q = new() { X = x, Y = y },
                }
            );
            return null;
        }
        catch (CryptographicException)
        {
            return $"holds an EC key that is no point of {name}";
        }
    }

    // RFC 7518 section 3.3 sets the least size. Above the greatest, OpenSSL verifies nothing. Anybody can sign for an
    // exponent of 1, and an even one has no signatures; a long one is only a slow one.
    private static string? ModulusProblem(JsonElement key)
    {
        if (NumberOf(key, "n") is not { } n || NumberOf(key, "e") is not { } e)
            return "holds an RSA key without n or e";
        if (LengthOf(n) is < 2048 or > 16384)
            return "holds an RSA key that has not 2048 to 16384 bits";
        return LengthOf(e) is < 2 or > 64 || (e[^1] & 1) == 0
            ? "holds an RSA key whose exponent is even, 1 or longer than 64 bits"
            : null;
    }

    private static byte[]? NumberOf(JsonElement key, string name) =>
        UntrustedJson.Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text)
            ? Base64Url.DecodeFromChars(text)
            : null;

    // In bits.
    private static long LengthOf(byte[] number) =>
        new BigInteger(number, isUnsigned: true, isBigEndian: true).GetBitLength();
}
