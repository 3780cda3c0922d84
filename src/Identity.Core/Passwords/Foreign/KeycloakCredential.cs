using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Core.Passwords.Foreign;

/// <summary>A password of a Keycloak export: an object with <c>secretData</c> and <c>credentialData</c>, each JSON
/// within a string.</summary>
internal static class KeycloakCredential
{
    /// <summary>Reads PBKDF2 (SHA-1, SHA-256, SHA-512) and Argon2; null for anything else.</summary>
    public static ForeignHash? Read(string text)
    {
        if (!text.StartsWith('{') || !text.EndsWith('}'))
            return null;
        using var document = UntrustedJson.Read(text);
        if (document is null)
            return null;
        using var secret = UntrustedJson.Read(UntrustedJson.Text(document.RootElement, "secretData"));
        using var data = UntrustedJson.Read(UntrustedJson.Text(document.RootElement, "credentialData"));
        if (
            secret is null
            || data is null
            || !HashText.TryDecode(UntrustedJson.Text(secret.RootElement, "value"), HashText.MinKeyBytes, out var key)
            || !HashText.TryDecode(UntrustedJson.Text(secret.RootElement, "salt"), 0, out var salt)
            || Iterations(data.RootElement) is not { } iterations
        )
            return null;
        return UntrustedJson.Text(data.RootElement, "algorithm") switch
        {
            "argon2" => Argon2(data.RootElement, iterations, salt, key),
            "pbkdf2" => Pbkdf2Hash.Create("sha1", iterations, salt, key),
            "pbkdf2-sha256" => Pbkdf2Hash.Create("sha256", iterations, salt, key),
            "pbkdf2-sha512" => Pbkdf2Hash.Create("sha512", iterations, salt, key),
            _ => null,
        };
    }

    private static int? Iterations(JsonElement data) =>
        data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("hashIterations", out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number)
            ? number
            : null;

    private static Argon2Hash? Argon2(JsonElement data, int passes, byte[] salt, byte[] key) =>
        data.TryGetProperty("additionalParameters", out var more)
        && HashText.TryNumber(First(more, "memory"), 1, int.MaxValue, out var memory)
        && HashText.TryNumber(First(more, "parallelism"), 1, int.MaxValue, out var lanes)
            ? Argon2Hash.Create(
                "argon2" + First(more, "type"),
                First(more, "version") == "1.0" ? 16 : 19,
                (memory, passes, lanes),
                salt,
                key
            )
            : null;

    // Every parameter is an array with one text in it.
    private static string? First(JsonElement parameters, string name) =>
        parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty(name, out var values)
        && values.ValueKind == JsonValueKind.Array
        && values.GetArrayLength() == 1
        && values[0].ValueKind == JsonValueKind.String
            ? values[0].GetString()
            : null;
}
