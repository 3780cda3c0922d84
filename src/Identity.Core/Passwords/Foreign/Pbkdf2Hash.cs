using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Passwords.Foreign;

/// <summary>PBKDF2 (RFC 8018 section 5.2) as ASP.NET Core Identity, Django, Keycloak, OpenLDAP and passlib store
/// it.</summary>
internal sealed class Pbkdf2Hash : ForeignHash
{
    /// <summary>Maximum iterations over all blocks: about a second on one core with SHA-512.</summary>
    private const int MaxIterations = 2_000_000;
    private const int Sha1Bytes = 20;

    private readonly HashAlgorithmName _algorithm;
    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _key;

    private Pbkdf2Hash(HashAlgorithmName algorithm, int iterations, byte[] salt, byte[] key) =>
        (_algorithm, _iterations, _salt, _key) = (algorithm, iterations, salt, key);

    /// <inheritdoc />
    public override HashWork Work => WorkOf(_algorithm, _iterations, _key.Length);

    /// <summary>A hash of these parts; null if a part exceeds the limits.</summary>
    /// <param name="algorithm"><c>sha1</c>, <c>sha256</c> or <c>sha512</c>.</param>
    public static Pbkdf2Hash? Create(string algorithm, int iterations, byte[] salt, byte[] key) =>
        Algorithm(algorithm) is { } known
        && iterations >= 1
        && key.Length is >= HashText.MinKeyBytes and <= HashText.MaxBytes
        && WorkOf(known, iterations, key.Length).Units <= MaxIterations
            ? new(known, iterations, salt, key)
            : null;

    /// <summary><c>$pbkdf2-sha256$20000$SALT$KEY</c>: passlib's form, and the one that is stored. <c>$pbkdf2$</c> is
    /// SHA-1.</summary>
    public static Pbkdf2Hash? ReadModular(string text) =>
        text.Split('$') is ["", "pbkdf2" or "pbkdf2-sha1" or "pbkdf2-sha256" or "pbkdf2-sha512", var n, var s, var k]
            ? Read(text.Split('$')[1]["pbkdf2".Length..].TrimStart('-'), n, s, k)
            : null;

    /// <summary><c>{PBKDF2-SHA256}20000$SALT$KEY</c>: OpenLDAP's module and passlib.</summary>
    public static Pbkdf2Hash? ReadLdap(string text)
    {
        var end = text.IndexOf('}', StringComparison.Ordinal);
        return
            text.StartsWith("{PBKDF2", StringComparison.OrdinalIgnoreCase)
            && end > 0
            && text[(end + 1)..].Split('$') is [var n, var s, var k]
            ? Read(text["{PBKDF2".Length..end].TrimStart('-').ToLowerInvariant(), n, s, k)
            : null;
    }

    /// <summary><c>pbkdf2_sha256$260000$salt$KEY</c>: Django. The salt is text.</summary>
    public static Pbkdf2Hash? ReadDjango(string text) =>
        text.Split('$') is ["pbkdf2_sha256" or "pbkdf2_sha1", var n, { Length: <= HashText.MaxBytes } salt, var k]
        && HashText.TryNumber(n, 1, MaxIterations, out var iterations)
        && HashText.TryDecode(k, HashText.MinKeyBytes, out var key)
            ? Create(text.Split('$')[0]["pbkdf2_".Length..], iterations, Encoding.UTF8.GetBytes(salt), key)
            : null;

    /// <summary>ASP.NET Core Identity's binary forms in base64: version 2 (marker 0: SHA-1, 1000 iterations, salt of 16
    /// and key of 32 bytes) and version 3 (marker 1: function, iterations and length of the salt in network
    /// order).</summary>
    public static Pbkdf2Hash? ReadAspNetIdentity(string text)
    {
        if (!text.StartsWith('A') || !HashText.TryDecode(text, 1, out var blob))
            return null;
        if (blob is [0, ..] && blob.Length == 1 + 16 + 32)
            return Create("sha1", 1000, blob[1..17], blob[17..]);
        if (blob is not [1, ..] || blob.Length < 13 + HashText.MinKeyBytes)
            return null;
        var algorithm = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(1)) switch
        {
            0 => "sha1",
            1 => "sha256",
            2 => "sha512",
            _ => "",
        };
        var iterations = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(5));
        var saltLength = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(9));
        return iterations <= MaxIterations && saltLength <= blob.Length - 13 - HashText.MinKeyBytes
            ? Create(algorithm, (int)iterations, blob[13..(13 + (int)saltLength)], blob[(13 + (int)saltLength)..])
            : null;
    }

    /// <inheritdoc />
    public override string ToText() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"$pbkdf2-{_algorithm.Name!.ToLowerInvariant()}${_iterations}"
                + $"${HashText.Encode(_salt)}${HashText.Encode(_key)}"
        );

    /// <inheritdoc />
    [SuppressMessage(
        "Security",
        "CA5379:Do Not Use Weak Key Derivation Function Algorithm",
        Justification = "The other system chose it; the first sign-in replaces the hash."
    )]
    public override bool Matches(byte[] password) =>
        CryptographicOperations.FixedTimeEquals(
            Rfc2898DeriveBytes.Pbkdf2(password, _salt, _iterations, _algorithm, _key.Length),
            _key
        );

    private static Pbkdf2Hash? Read(string algorithm, string iterations, string salt, string key) =>
        HashText.TryNumber(iterations, 1, MaxIterations, out var number)
        && HashText.TryDecode(salt, 0, out var saltBytes)
        && HashText.TryDecode(key, HashText.MinKeyBytes, out var keyBytes)
            ? Create(algorithm.Length == 0 ? "sha1" : algorithm, number, saltBytes, keyBytes)
            : null;

    private static HashAlgorithmName? Algorithm(string name) =>
        name switch
        {
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            "sha512" => HashAlgorithmName.SHA512,
            _ => null,
        };

    private static HashWork WorkOf(HashAlgorithmName algorithm, int iterations, int keyLength)
    {
        var (primitive, block) =
            algorithm == HashAlgorithmName.SHA1 ? (HashPrimitive.Pbkdf2Sha1, Sha1Bytes)
            : algorithm == HashAlgorithmName.SHA256 ? (HashPrimitive.Pbkdf2Sha256, SHA256.HashSizeInBytes)
            : (HashPrimitive.Pbkdf2Sha512, SHA512.HashSizeInBytes);
        return new(primitive, (long)iterations * ((keyLength + block - 1) / block));
    }
}
