using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;

namespace Identity.Core.Passwords.Foreign;

/// <summary>scrypt (RFC 7914) as passlib and Django store it, and Firebase's variant, which encrypts the project's
/// signer key under the derived key (AES-256 in counter mode from zero).</summary>
internal sealed class ScryptHash : ForeignHash
{
    /// <summary>Maximum memory: 128 MiB, in bytes.</summary>
    private const long MaxMemory = 128L * 1024 * 1024;
    private const int MaxLog = 20;
    private const int MaxBlockSize = 64;
    private const int MaxParallel = 16;
    private const int MaxWork = 2 * 1024 * 1024;
    private const int FirebaseKeyBytes = 32;

    private readonly Cost _cost;
    private readonly byte[] _salt;
    private readonly byte[] _hash;
    private readonly Firebase? _firebase;

    private ScryptHash(Cost cost, byte[] salt, byte[] hash, Firebase? firebase) =>
        (_cost, _salt, _hash, _firebase) = (cost, salt, hash, firebase);

    /// <inheritdoc />
    public override HashWork Work => new(HashPrimitive.Scrypt, (1L << _cost.Log) * _cost.BlockSize * _cost.Parallel);

    /// <summary>Reads <c>$scrypt$ln=14,r=8,p=1$SALT$KEY</c>, Django's <c>scrypt$16384$salt$8$1$KEY</c>, and
    /// <c>$fbscrypt$v=1,n=14,r=8,p=1,ss=SEPARATOR,sk=SIGNER_KEY$SALT$HASH</c>.</summary>
    public static ScryptHash? Read(string text) =>
        text.Split('$') switch
        {
            ["", "scrypt", var parameters, var salt, var key] => ReadModular(parameters, salt, key),
            ["", "fbscrypt", var parameters, var salt, var hash] => ReadFirebase(parameters, salt, hash),
            ["scrypt", var n, { Length: <= HashText.MaxBytes } salt, var r, var p, var key] => ReadDjango(
                n,
                salt,
                r,
                p,
                key
            ),
            _ => null,
        };

    /// <inheritdoc />
    public override string ToText()
    {
        var (log, r, p) = _cost;
        var end = $"${HashText.Encode(_salt)}${HashText.Encode(_hash)}";
        return _firebase is not { } firebase
            ? string.Create(CultureInfo.InvariantCulture, $"$scrypt$ln={log},r={r},p={p}{end}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"$fbscrypt$v=1,n={log},r={r},p={p},ss={HashText.Encode(firebase.SaltSeparator)},"
                    + $"sk={HashText.Encode(firebase.SignerKey)}{end}"
            );
    }

    /// <inheritdoc />
    public override bool Matches(byte[] password)
    {
        var (log, r, p) = _cost;
        if (_firebase is not { } firebase)
            return CryptographicOperations.FixedTimeEquals(
                SCrypt.Generate(password, _salt, 1 << log, r, p, _hash.Length),
                _hash
            );
        byte[] salt = [.. _salt, .. firebase.SaltSeparator];
        var key = SCrypt.Generate(password, salt, 1 << log, r, p, FirebaseKeyBytes);
        return CryptographicOperations.FixedTimeEquals(Encrypt(key, firebase.SignerKey), _hash);
    }

    private static byte[] Encrypt(byte[] key, byte[] plain)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var encrypted = new byte[plain.Length];
        Span<byte> counter = stackalloc byte[16];
        for (var at = 0; at < plain.Length; at++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(counter[12..], at / 16);
            encrypted[at] = (byte)(plain[at] ^ aes.EncryptEcb(counter, PaddingMode.None)[at % 16]);
        }
        return encrypted;
    }

    private static ScryptHash? ReadModular(string parameters, string salt, string key) =>
        HashText.Parameters(parameters) is { Count: 3 } given
        && CostOf(given.GetValueOrDefault("ln"), given.GetValueOrDefault("r"), given.GetValueOrDefault("p")) is { } cost
        && HashText.TryDecode(salt, 0, out var saltBytes)
        && HashText.TryDecode(key, HashText.MinKeyBytes, out var keyBytes)
            ? new(cost, saltBytes, keyBytes, null)
            : null;

    private static ScryptHash? ReadDjango(string n, string salt, string r, string p, string key) =>
        HashText.TryNumber(n, 2, 1 << MaxLog, out var rounds)
        && BitOperations.IsPow2(rounds)
        && CostOf(BitOperations.Log2((uint)rounds).ToString(CultureInfo.InvariantCulture), r, p) is { } cost
        && HashText.TryDecode(key, HashText.MinKeyBytes, out var keyBytes)
            ? new(cost, Encoding.UTF8.GetBytes(salt), keyBytes, null)
            : null;

    private static ScryptHash? ReadFirebase(string parameters, string salt, string hash) =>
        HashText.Parameters(parameters) is { } given
        && given.GetValueOrDefault("v") == "1"
        && CostOf(given.GetValueOrDefault("n"), given.GetValueOrDefault("r"), given.GetValueOrDefault("p", "1"))
            is { } cost
        && HashText.TryDecode(given.GetValueOrDefault("ss"), 0, out var separator)
        && HashText.TryDecode(given.GetValueOrDefault("sk"), HashText.MinKeyBytes, out var signer)
        && HashText.TryDecode(salt, 1, out var saltBytes)
        && HashText.TryDecode(hash, HashText.MinKeyBytes, out var hashBytes)
        && hashBytes.Length == signer.Length
            ? new(cost, saltBytes, hashBytes, new(separator, signer))
            : null;

    private static Cost? CostOf(string? log, string? r, string? p) =>
        HashText.TryNumber(log, 1, MaxLog, out var logN)
        && HashText.TryNumber(r, 1, MaxBlockSize, out var blockSize)
        && HashText.TryNumber(p, 1, MaxParallel, out var parallel)
        && 128L * blockSize * (1L << logN) <= MaxMemory
        && (1L << logN) * blockSize * parallel <= MaxWork
        && logN < 16 * blockSize
            ? new(logN, blockSize, parallel)
            : null;

    private readonly record struct Cost(int Log, int BlockSize, int Parallel);

    private readonly record struct Firebase(byte[] SaltSeparator, byte[] SignerKey);
}
