using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Clients;

/// <summary>Client secrets: 256 random bits each, shown once and stored as SHA-256. No person chooses one, so no slow
/// hash is needed.</summary>
public static class ClientSecrets
{
    /// <summary>The minimum length of a secret from the configuration: 192 random bits in base64.</summary>
    public const int MinCharacters = 32;

    /// <summary>A new secret: the text to hand over once, and what to store.</summary>
    public static (string PlainText, ClientSecretDefinition Stored) Generate(
        string? description = null,
        DateTimeOffset? expiresAt = null
    )
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (
            secret,
            new ClientSecretDefinition
            {
                Sha256 = SecretDigest.Of(secret),
                Description = description,
                ExpiresAt = expiresAt,
            }
        );
    }

    /// <summary>Whether a client with this definition authenticates with a secret.</summary>
    public static bool AreUsedBy(ClientDefinition definition) =>
        MethodsOf(definition).Any(static used => used is ClientAuthMethod.SecretBasic or ClientAuthMethod.SecretPost);

    /// <summary>How a client of this definition may authenticate: what it says, or what its profile means.</summary>
    internal static IReadOnlyList<string> MethodsOf(ClientDefinition definition) =>
        definition.TokenEndpointAuthMethod is { } method ? [method] : ClientDefaults.Of(definition.Profile).AuthMethods;

    /// <summary>Whether <paramref name="presented"/> is an unexpired secret of the client. Every wrong value takes the
    /// same time (DB-4).</summary>
    public static bool Verify(Client client, string presented, DateTimeOffset now)
    {
        var digest = Digest(presented);
        var found = false;
        foreach (var secret in client.Secrets)
            found |=
                CryptographicOperations.FixedTimeEquals(secret.Sha256, digest)
                & (secret.ExpiresAt is null || secret.ExpiresAt > now);
        return found;
    }

    internal static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
