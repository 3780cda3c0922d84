using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;

namespace Identity.Core.Administration;

/// <summary>What a request that comes with an idempotency key finds.</summary>
public abstract record IdempotentRequest
{
    private IdempotentRequest() { }

    /// <summary>It is the first: the caller does it, and then completes or releases the key.</summary>
    public sealed record First(byte[] Key) : IdempotentRequest;

    /// <summary>It was done already.</summary>
    /// <param name="Answer">What was answered, as it was stored.</param>
    public sealed record Done(byte[] Answer) : IdempotentRequest;

    /// <summary>The first is under way.</summary>
    public sealed record UnderWay : IdempotentRequest;

    /// <summary>The key came with another request before.</summary>
    public sealed record Mismatch : IdempotentRequest;
}

/// <summary>
/// Keys by which a client may send a creation again without doing it twice. One statement claims a key, so that of
/// parallel requests one acts. A key whose request died is free again after <see cref="Lease"/>.
/// </summary>
public sealed class IdempotencyKeys(Database database)
{
    /// <summary>How long an answer is kept.</summary>
    public static TimeSpan Kept { get; } = TimeSpan.FromHours(24);

    /// <summary>Longer than any request may take.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromMinutes(5);

    private const string Claim = """
        INSERT INTO idp.idempotency_keys AS k (key_hash, request_hash, lease_ends_at, expires_at)
        VALUES (@key, @request, now() + @lease, now() + @kept)
        ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash, answer_protected = NULL,
            lease_ends_at = excluded.lease_ends_at, expires_at = excluded.expires_at
        WHERE k.expires_at <= now() OR (k.answer_protected IS NULL AND k.lease_ends_at <= now())
        RETURNING true
        """;

    /// <summary>Claims a key for a request.</summary>
    /// <param name="caller">Whose key it is: two callers may choose the same.</param>
    /// <param name="key">As the client chose it.</param>
    /// <param name="request">Method, path and body: what must be the same the second time.</param>
    public async Task<IdempotentRequest> ClaimAsync(
        Operator caller,
        string key,
        ReadOnlyMemory<byte> request,
        CancellationToken cancellationToken
    )
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Kind}\n{caller.Id}\n{key}"));
        var digest = SHA256.HashData(request.Span);
        if (
            await database.QuerySingleOrDefaultAsync(
                Claim,
                static row => row.GetBoolean(0),
                cancellationToken,
                ("key", hash),
                ("request", digest),
                ("lease", Lease),
                ("kept", Kept)
            )
        )
            return new IdempotentRequest.First(hash);
        var (known, answer) = await database.QuerySingleOrDefaultAsync<(byte[]? Request, byte[]? Answer)>(
            "SELECT request_hash, answer_protected FROM idp.idempotency_keys WHERE key_hash = @key",
            static row => (row.GetFieldValue<byte[]>(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)),
            cancellationToken,
            ("key", hash)
        );
        return known is null ? new IdempotentRequest.UnderWay()
            : !CryptographicOperations.FixedTimeEquals(known, digest) ? new IdempotentRequest.Mismatch()
            : answer is null ? new IdempotentRequest.UnderWay()
            : new IdempotentRequest.Done(answer);
    }

    /// <summary>Keeps what was answered. It may hold a secret: the caller encrypts it.</summary>
    public Task CompleteAsync(byte[] key, byte[] answer, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE idp.idempotency_keys SET answer_protected = @answer WHERE key_hash = @key",
            cancellationToken,
            ("key", key),
            ("answer", answer)
        );

    /// <summary>Frees a key whose request changed nothing.</summary>
    public Task ReleaseAsync(byte[] key, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "DELETE FROM idp.idempotency_keys WHERE key_hash = @key AND answer_protected IS NULL",
            cancellationToken,
            ("key", key)
        );
}
