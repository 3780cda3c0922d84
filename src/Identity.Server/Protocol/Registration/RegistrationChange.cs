using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Registration;

/// <summary>The members that an update must and must not contain in addition to metadata (RFC 7592 section
/// 2.2).</summary>
internal static class RegistrationChange
{
    private static readonly string[] OursToSay =
    [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ];

    /// <summary>Null if the update is about this client and contains no forbidden member. Invalid JSON is left to the
    /// reader of the metadata.</summary>
    public static RegistrationOutcome.Invalid? Fault(
        ReadOnlyMemory<byte> metadata,
        string clientId,
        ClientDefinition former
    )
    {
        using var document = UntrustedJson.Read(metadata);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } json)
            return null;
        if (UntrustedJson.Text(json, "client_id") != clientId)
            return new("invalid_client_metadata", "client_id must be that of the client.");
        if (OursToSay.FirstOrDefault(name => json.TryGetProperty(name, out _)) is { } presumed)
            return new("invalid_client_metadata", $"{presumed} must not be sent.");
        return
            json.TryGetProperty("client_secret", out _)
            && !IsSecretOf(former, UntrustedJson.Text(json, "client_secret"))
            ? new("invalid_client_metadata", "client_secret is not the present one; leave it out.")
            : null;
    }

    private static bool IsSecretOf(ClientDefinition client, string? secret)
    {
        if (secret is null)
            return false;
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        return (client.Secrets ?? []).Any(stored =>
            stored.Sha256 is { } text
            && Base64Url.IsValid(text)
            && CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(text), digest)
        );
    }
}
