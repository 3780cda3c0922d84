using System.Buffers.Text;
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
        return Numbers.Any(name =>
            key.TryGetProperty(name, out _)
            && !(UntrustedJson.Text(key, name) is { Length: > 0 } number && Base64Url.IsValid(number))
        )
            ? "holds a key whose x, y, n or e is not base64url"
            : null;
    }
}
