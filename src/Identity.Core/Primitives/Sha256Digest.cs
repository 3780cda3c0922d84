using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Primitives;

/// <summary>The SHA-256 of a secret that has enough entropy. Compared in constant time (DB-4).</summary>
public readonly record struct Sha256Digest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Bytes = 32;

    private readonly byte[]? _bytes;

    private Sha256Digest(byte[] bytes) => _bytes = bytes;

    /// <summary>The digest as a parameter for SQL. Do not modify it.</summary>
    public byte[] Value => _bytes ?? throw new InvalidOperationException("The digest was never made.");

    /// <summary>The digest of a text in UTF-8.</summary>
    public static Sha256Digest Of(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The digest of bytes.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> bytes) => new(SHA256.HashData(bytes));

    /// <summary>A digest read from the database.</summary>
    /// <exception cref="ArgumentException">It is not 32 bytes.</exception>
    public static Sha256Digest FromBytes(byte[] bytes) =>
        bytes.Length == Bytes
            ? new(bytes)
            : throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(bytes));

    /// <inheritdoc />
    public bool Equals(Sha256Digest other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc />
    public override int GetHashCode() => _bytes is null ? 0 : BitConverter.ToInt32(_bytes);

    /// <summary>The first bytes only: enough to tell rows apart in a log, not enough to look anything up.</summary>
    public override string ToString() =>
        _bytes is null ? "(none)" : Convert.ToHexStringLower(_bytes.AsSpan(0, 4)) + "…";
}
