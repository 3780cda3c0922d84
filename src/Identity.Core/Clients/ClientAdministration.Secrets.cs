using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Identity.Core.Administration;
using Identity.Core.Audit;

namespace Identity.Core.Clients;

// The secrets of apps: made here, shown once, listed by an id of their own.
public sealed partial class ClientAdministration
{
    /// <summary>The longest time that former secrets go on working.</summary>
    public static TimeSpan MaxOverlap { get; } = TimeSpan.FromDays(90);

    /// <summary>Gives an app a new secret. The former ones go on working for a while, so that it can be installed
    /// without an outage.</summary>
    /// <param name="overlap">How long, 0 to <see cref="MaxOverlap"/>. A secret that ends sooner does.</param>
    /// <param name="description">What the new one is for; null for none.</param>
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

    /// <summary>Makes a secret worthless at once. The last one stays, for an app without any cannot ask for
    /// anything.</summary>
    /// <param name="secretId">Which, as <see cref="ClientSecretListing"/> names it.</param>
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

    // Made of the digest, not a part of it: nothing of what is compared leaves the database.
    private static string IdOf(byte[] digest) => Base64Url.EncodeToString(SHA256.HashData(digest).AsSpan(0, 9));
}
