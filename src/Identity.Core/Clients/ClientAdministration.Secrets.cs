using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Identity.Core.Administration;
using Identity.Core.Audit;

namespace Identity.Core.Clients;

// The secrets of apps: created here, shown once, listed by their own ids.
public sealed partial class ClientAdministration
{
    /// <summary>The longest time for which former secrets keep working.</summary>
    public static TimeSpan MaxOverlap { get; } = TimeSpan.FromDays(90);

    /// <summary>Creates a new secret for an app. The former ones keep working for a while, so that it can be installed
    /// without an outage.</summary>
    /// <param name="overlap">For how long, 0 to <see cref="MaxOverlap"/>. A secret that expires earlier keeps its
    /// expiry.</param>
    /// <param name="description">A description of the new secret; null for none.</param>
    public async Task<AdminOutcome<RotatedSecret>> RotateSecretAsync(
        Operator actor,
        string clientId,
        TimeSpan overlap,
        string? description,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (overlap < TimeSpan.Zero || overlap > MaxOverlap)
            return new AdminOutcome.Invalid("overlap", $"Must be 0 to {MaxOverlap.TotalHours:0} hours.");
        var now = time.GetUtcNow();
        var end = now + overlap;
        var (secret, stored) = ClientSecrets.Generate(
            description ?? $"made on {now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}"
        );
        var outcome = await WriteAsync(
            actor,
            AdminActions.ClientSecretRotate,
            clientId,
            null,
            former =>
            {
                if (!ClientSecrets.AreUsedBy(former))
                    return new AdminOutcome.Invalid(
                        "secrets",
                        $"{clientId} has no secret: it does not authenticate with a secret."
                    );
                var present = former.Secrets ?? [];
                foreach (var old in present)
                    old.ExpiresAt = old.ExpiresAt is { } earlier && earlier < end ? earlier : end;
                former.Secrets = [stored, .. present.Where(old => old.ExpiresAt > now)];
                return new ClientEdit(former, secret);
            },
            request,
            cancellationToken
        );
        return outcome switch
        {
            AdminOutcome<WrittenClient>.Failed failed => failed.Reason,
            _ => new RotatedSecret(IdOf(stored), secret, end),
        };
    }

    /// <summary>Revokes a secret at once. The last one cannot be revoked, because an app without a secret cannot
    /// authenticate.</summary>
    /// <param name="secretId">Its id in <see cref="ClientSecretListing"/>.</param>
    public async Task<AdminOutcome> RevokeSecretAsync(
        Operator actor,
        string clientId,
        string secretId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await WriteAsync(
            actor,
            AdminActions.ClientSecretRevoke,
            clientId,
            null,
            former =>
            {
                var present = former.Secrets ?? [];
                ClientSecretDefinition[] kept = [.. present.Where(secret => IdOf(secret) != secretId)];
                if (kept.Length == present.Count)
                    return new AdminOutcome.NotFound();
                if (kept.Length == 0)
                    return new AdminOutcome.Invalid(
                        "secrets",
                        "This is the only secret. Rotate it, or remove the app."
                    );
                former.Secrets = kept;
                return new ClientEdit(former, null);
            },
            request,
            cancellationToken
        );
        return outcome is AdminOutcome<WrittenClient>.Failed failed ? failed.Reason : AdminOutcome.Done.Instance;
    }

    private static IReadOnlyList<ClientSecretListing> ListingsOf(IEnumerable<ClientSecret> secrets) =>
        [
            .. secrets.Select(static secret => new ClientSecretListing(
                IdOf(secret.Sha256),
                secret.Description,
                secret.ExpiresAt
            )),
        ];

    private static string IdOf(ClientSecretDefinition secret) =>
        Base64Url.IsValid(secret.Sha256) ? IdOf(Base64Url.DecodeFromChars(secret.Sha256)) : string.Empty;

    // Derived from the digest and not a part of it, so that no part of the stored digest leaves the database.
    private static string IdOf(byte[] digest) => Base64Url.EncodeToString(SHA256.HashData(digest).AsSpan(0, 9));
}
