using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Audit;

/// <summary>The keys of seals. The room Keys implements this interface; it records events here itself, so this room
/// cannot depend on it.</summary>
public interface IAuditSealKeys
{
    /// <summary>The id of the key that seals now.</summary>
    string CurrentId { get; }

    /// <summary>The key with this id.</summary>
    /// <exception cref="CryptographicException">It is not loaded.</exception>
    byte[] Find(string id);
}

/// <summary>
/// A row of <c>idp.audit_seals</c>: what stood in the log in [<paramref name="FromTime"/>,
/// <paramref name="ThroughTime"/>). A seal covers rows of one UTC day at most, so that dropping a month removes whole
/// seals' rows or none.
/// </summary>
internal sealed record AuditSeal(
    long Number,
    DateTimeOffset FromTime,
    DateTimeOffset ThroughTime,
    long RowCount,
    byte[] Digest,
    byte[] PreviousMac,
    byte[] Mac,
    string MasterKeyId,
    DateTimeOffset SealedAt
)
{
    public const string Columns =
        "number, from_time, through_time, row_count, digest, previous_mac, mac, master_key_id, sealed_at";

    /// <summary>The start of the first seal: before any event.</summary>
    public static readonly DateTimeOffset Beginning = DateTimeOffset.UnixEpoch;

    /// <summary>What the first seal is chained to.</summary>
    public static byte[] NoMac { get; } = new byte[32];

    public static AuditSeal Read(NpgsqlDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetFieldValue<DateTimeOffset>(1),
            row.GetFieldValue<DateTimeOffset>(2),
            row.GetInt64(3),
            row.GetFieldValue<byte[]>(4),
            row.GetFieldValue<byte[]>(5),
            row.GetFieldValue<byte[]>(6),
            row.GetString(7),
            row.GetFieldValue<DateTimeOffset>(8)
        );

    /// <summary>The MAC over every field of the seal, under a key that is not in the database.</summary>
    public byte[] ComputeMac(byte[] key)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> numbers = stackalloc byte[40];
        BinaryPrimitives.WriteInt64BigEndian(numbers, Number);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], FromTime.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(numbers[16..], ThroughTime.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(numbers[24..], RowCount);
        BinaryPrimitives.WriteInt64BigEndian(numbers[32..], SealedAt.UtcTicks);
        mac.AppendData(numbers);
        mac.AppendData(Digest);
        mac.AppendData(SHA256.HashData(PreviousMac));
        mac.AppendData(Encoding.UTF8.GetBytes(MasterKeyId));
        return mac.GetHashAndReset();
    }
}

/// <summary>The digest of the rows of a span, ordered by time and id. Every column is preceded by its length, so that
/// two different logs never have the same input.</summary>
internal static class AuditDigest
{
    private const string Rows = """
        SELECT id::text, user_id::text, event_type, event_status, ip_address::text, user_agent, details::text,
            created_at
        FROM public.audit_logs WHERE created_at >= @from AND created_at < @through ORDER BY created_at, id
        """;

    private const int TextColumns = 7;

    public static async Task<(long Count, byte[] Digest)> ComputeAsync(
        SqlSession session,
        DateTimeOffset from,
        DateTimeOffset through,
        CancellationToken cancellationToken
    )
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0L;
        var number = new byte[8];
        await session.ForEachAsync(
            Rows,
            row =>
            {
                for (var column = 0; column < TextColumns; column++)
                {
                    var bytes = row.IsDBNull(column) ? null : Encoding.UTF8.GetBytes(row.GetString(column));
                    BinaryPrimitives.WriteInt64BigEndian(number, bytes?.Length ?? -1);
                    digest.AppendData(number);
                    digest.AppendData(bytes ?? []);
                }
                BinaryPrimitives.WriteInt64BigEndian(number, row.GetFieldValue<DateTimeOffset>(TextColumns).UtcTicks);
                digest.AppendData(number);
                count++;
            },
            cancellationToken,
            ("from", from),
            ("through", through)
        );
        return (count, digest.GetHashAndReset());
    }
}
