using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Clients;

/// <summary>Client secrets: made here, 256 random bits each, shown once and kept as a SHA-256 (no person chooses one,
/// so no slow hash is needed).</summary>
public static class ClientSecrets
{
    /// <summary>The least length of a secret that comes from configuration: a machine-made one of 192 bits or more in
    /// base64.</summary>
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

    /// <summary>Whether a client of this definition authenticates by a secret.</summary>
    public static bool AreUsedBy(ClientDefinition definition) =>
        (
            definition.TokenEndpointAuthMethod is { } method
                ? [method]
                : ClientDefaults.Of(definition.Profile).AuthMethods
        ).Any(static used => used is ClientAuthMethod.SecretBasic or ClientAuthMethod.SecretPost);

    /// <summary>Whether <paramref name="presented"/> is a secret of the client that has not expired. Takes the same
    /// time for every wrong answer (DB-4).</summary>
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
