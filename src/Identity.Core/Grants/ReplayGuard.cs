using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;

namespace Identity.Core.Grants;

/// <summary> Remembers values that may be used once: the <c>jti</c> of a DPoP proof (RFC 9449 11.1) and of a client
/// assertion (RFC 7523 section 3, item 7). All instances share it, and one conditional statement decides, so that of
/// any number of parallel uses one wins (OA-7, OA-15).
/// </summary>
public sealed class ReplayGuard(Database database)
{
    // An expired row counts as unused, so nothing depends on when the clean-up runs.
    private const string Claim = """
        INSERT INTO idp.replay_guard (key_hash, expires_at)
        VALUES (@key, now() + make_interval(secs => @seconds))
        ON CONFLICT (key_hash) DO UPDATE SET expires_at = excluded.expires_at
        WHERE idp.replay_guard.expires_at <= now()
        """;

    /// <summary>Claims an identifier for a time.</summary>
    /// <param name="purpose">The kind of identifier, such as <c>dpop</c>. Kinds are independent.</param>
    /// <param name="issuer">Who chose it, such as a key's thumbprint or a client id, so that one sender cannot use up
    /// another's identifier.</param>
    /// <param name="identifier">The identifier. Only a digest of it is stored.</param>
    /// <param name="keep">How long a second use is refused; at least as long as the signed object is accepted.</param>
    /// <returns>True for the first use, false for every other.</returns>
    public async Task<bool> TryClaimAsync(
        string purpose,
        string issuer,
        string identifier,
        TimeSpan keep,
        CancellationToken cancellationToken
    ) =>
        await database.ExecuteAsync(
            Claim,
            cancellationToken,
            ("key", KeyOf(purpose, issuer, identifier)),
            ("seconds", keep.TotalSeconds)
        ) == 1;

    // Each part is preceded by its length, so that different triples never give the same text.
    internal static byte[] KeyOf(string purpose, string issuer, string identifier) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose.Length}:{purpose}{issuer.Length}:{issuer}{identifier}"));
}
