using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Identity.Core.Passwords.Foreign;

/// <summary>Salted SHA as LDAP directories store it: <c>{SSHA}</c>, <c>{SSHA256}</c>, <c>{SSHA384}</c> and
/// <c>{SSHA512}</c>, base64 of digest and salt.</summary>
internal sealed class SaltedShaHash : ForeignHash
{
    private const int MinSaltBytes = 4;

    private readonly string _name;
    private readonly byte[] _digest;
    private readonly byte[] _salt;

    private SaltedShaHash(string name, byte[] digest, byte[] salt) => (_name, _digest, _salt) = (name, digest, salt);

    /// <inheritdoc />
    public override HashWork Work => new(HashPrimitive.Digest, 1);

    /// <summary>Reads one; the name of the scheme in either case.</summary>
    public static SaltedShaHash? Read(string text)
    {
        var end = text.IndexOf('}', StringComparison.Ordinal);
        if (end < 0 || !text.StartsWith('{'))
            return null;
        var name = text[1..end].ToUpperInvariant();
        var length = name switch
        {
            "SSHA" => SHA1.HashSizeInBytes,
            "SSHA256" => SHA256.HashSizeInBytes,
            "SSHA384" => SHA384.HashSizeInBytes,
            "SSHA512" => SHA512.HashSizeInBytes,
            _ => 0,
        };
        return length > 0 && HashText.TryDecode(text.AsSpan(end + 1), length + MinSaltBytes, out var bytes)
            ? new(name, bytes[..length], bytes[length..])
            : null;
    }

    /// <inheritdoc />
    public override string ToText() => $"{{{_name}}}{Convert.ToBase64String([.. _digest, .. _salt])}";

    /// <inheritdoc />
    [SuppressMessage(
        "Security",
        "CA5350:Do Not Use Weak Cryptographic Algorithms",
        Justification = "The other system chose it; the first sign-in replaces the hash."
    )]
    public override bool Matches(byte[] password)
    {
        byte[] salted = [.. password, .. _salt];
        var digest = _name switch
        {
            "SSHA" => SHA1.HashData(salted),
            "SSHA256" => SHA256.HashData(salted),
            "SSHA384" => SHA384.HashData(salted),
            _ => SHA512.HashData(salted),
        };
        return CryptographicOperations.FixedTimeEquals(digest, _digest);
    }
}
