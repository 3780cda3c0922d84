using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

// Keys owns the key material of the provider: the master key (outside the database), the signing keys and the Data
// Protection ring (inside it, encrypted with the master key), their rotation, and the notification of changes. It does
// not sign tokens and does not know who uses a key: that is Protocol's task.

/// <summary> The key-encryption key. It is never in the database. Every secret in the database is encrypted by
/// AES-256-GCM with a key derived from it for one purpose (HKDF-SHA256), and bound to its row, so that a value moved to
/// another row does not decrypt. Several master keys may be loaded: the current one encrypts, each decrypts what it
/// encrypted (rotation).
/// </summary>
public sealed class MasterKey
{
    private const byte Version = 1;
    private const int KeyBytes = 32;
    private const int IdBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 1 + IdBytes + NonceBytes;

    private readonly Dictionary<string, byte[]> _keys;
    private readonly ConcurrentDictionary<(string KeyId, string Purpose), byte[]> _derived = new();

    /// <param name="current">32 random bytes.</param>
    /// <param name="previous">Former keys, which still decrypt what they encrypted.</param>
    public MasterKey(ReadOnlySpan<byte> current, params IEnumerable<byte[]> previous)
    {
        CurrentId = IdOf(current);
        _keys = new(StringComparer.Ordinal) { [CurrentId] = current.ToArray() };
        foreach (var key in previous)
            _keys.TryAdd(IdOf(key), key);
    }

    /// <summary>The id of the current key: 8 hex digits of a digest of the key, so that it cannot be mislabelled or
    /// chosen.</summary>
    public string CurrentId { get; }

    /// <summary>The ids of all keys that can decrypt.</summary>
    public IReadOnlyCollection<string> Ids => _keys.Keys;

    /// <summary>32 bytes for one purpose, derived from the current key. The same on every instance that has the same
    /// master key.</summary>
    public byte[] DeriveKey(string purpose) => DeriveKey(purpose, CurrentId);

    /// <summary>32 bytes for one purpose, derived from the key with this id.</summary>
    /// <exception cref="CryptographicException">There is no such master key.</exception>
    public byte[] DeriveKey(string purpose, string keyId) => (byte[])Derived(keyId, purpose).Clone();

    /// <summary>Encrypts <paramref name="plaintext"/> for one purpose and one row.</summary>
    /// <param name="purpose">The purpose of the value, such as <c>signing_key</c>. Each purpose has its own
    /// key.</param>
    /// <param name="bindTo">The id of the value's row; the value decrypts only there.</param>
    /// <returns>Version, key id, nonce, ciphertext and tag in one array.</returns>
    public byte[] Protect(string purpose, string bindTo, ReadOnlySpan<byte> plaintext)
    {
        var sealedBytes = new byte[HeaderBytes + plaintext.Length + TagBytes];
        var header = sealedBytes.AsSpan(0, HeaderBytes);
        header[0] = Version;
        Convert.FromHexString(CurrentId, header.Slice(1, IdBytes), out _, out _);
        RandomNumberGenerator.Fill(header[(1 + IdBytes)..]);

        using var cipher = new AesGcm(Derived(CurrentId, purpose), TagBytes);
        cipher.Encrypt(
            header[(1 + IdBytes)..],
            plaintext,
            sealedBytes.AsSpan(HeaderBytes, plaintext.Length),
            sealedBytes.AsSpan(HeaderBytes + plaintext.Length),
            AssociatedData(header[..(1 + IdBytes)], bindTo)
        );
        return sealedBytes;
    }

    /// <summary>Decrypts what <see cref="Protect"/> encrypted.</summary>
    /// <exception cref="CryptographicException">The value was changed, belongs to another row or purpose, or its master
    /// key is not loaded.</exception>
    public byte[] Unprotect(string purpose, string bindTo, ReadOnlySpan<byte> protectedBytes)
    {
        if (protectedBytes.Length < HeaderBytes + TagBytes || protectedBytes[0] != Version)
            throw new CryptographicException("The protected value is not of a known form.");

        var keyId = Convert.ToHexStringLower(protectedBytes.Slice(1, IdBytes));
        var plaintext = new byte[protectedBytes.Length - HeaderBytes - TagBytes];
        using var cipher = new AesGcm(Derived(keyId, purpose), TagBytes);
        cipher.Decrypt(
            protectedBytes.Slice(1 + IdBytes, NonceBytes),
            protectedBytes.Slice(HeaderBytes, plaintext.Length),
            protectedBytes[^TagBytes..],
            plaintext,
            AssociatedData(protectedBytes[..(1 + IdBytes)], bindTo)
        );
        return plaintext;
    }

    /// <summary>Redacted: a key never reaches a log by mistake.</summary>
    public override string ToString() => $"MasterKey {CurrentId}";

    private byte[] Derived(string keyId, string purpose) =>
        _derived.GetOrAdd(
            (keyId, purpose),
            pair =>
            {
                if (!_keys.TryGetValue(pair.KeyId, out var key))
                    throw new CryptographicException(
                        $"Master key {pair.KeyId} is not loaded. Add it to {KeysOptions.Section}:PreviousMasterKeys."
                    );
                return HKDF.DeriveKey(
                    HashAlgorithmName.SHA256,
                    key,
                    KeyBytes,
                    info: Encoding.UTF8.GetBytes("identity/" + pair.Purpose)
                );
            }
        );

    private static byte[] AssociatedData(ReadOnlySpan<byte> header, string bindTo)
    {
        var data = new byte[header.Length + Encoding.UTF8.GetByteCount(bindTo)];
        header.CopyTo(data);
        Encoding.UTF8.GetBytes(bindTo, data.AsSpan(header.Length));
        return data;
    }

    private static string IdOf(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes)
            throw new ArgumentException($"A master key has {KeyBytes} bytes.", nameof(key));
        var id = HKDF.DeriveKey(HashAlgorithmName.SHA256, key.ToArray(), IdBytes, info: "identity/id"u8.ToArray());
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Reads the master key as configured; in Development it is created on the first start; in any other
    /// environment its absence is an error.</summary>
    /// <exception cref="OptionsValidationException">No key is configured, or one is not 32 bytes in base64; each
    /// failure names its setting.</exception>
    public static MasterKey Load(KeysOptions options, IHostEnvironment environment)
    {
        List<string> failures = [];
        List<byte[]> keys = [];
        if (!string.IsNullOrWhiteSpace(options.MasterKey))
            Read(options.MasterKey, $"{KeysOptions.Section}:MasterKey");
        else
            ReadFile();
        for (var i = 0; i < options.PreviousMasterKeys.Count; i++)
            Read(options.PreviousMasterKeys[i], $"{KeysOptions.Section}:PreviousMasterKeys:{i}");

        if (failures.Count > 0)
            throw new OptionsValidationException(nameof(KeysOptions), typeof(KeysOptions), failures);
        return new MasterKey(keys[0], keys[1..]);

        void Read(string text, string setting)
        {
            var buffer = new byte[KeyBytes];
            if (Convert.TryFromBase64String(text.Trim(), buffer, out var length) && length == KeyBytes)
                keys.Add(buffer);
            else
                failures.Add(
                    $"{setting}: must be {KeyBytes} random bytes in base64 (openssl rand -base64 {KeyBytes})."
                );
        }

        void ReadFile()
        {
            const string setting = $"{KeysOptions.Section}:MasterKeyFile";
            var path = MasterKeyFile.Locate(options, environment);
            if (path is null)
                failures.Add(
                    $"{KeysOptions.Section}:MasterKey: is missing. Give it here, or by {setting}; it is made only in "
                        + "Development."
                );
            else if (MasterKeyFile.TryRead(path, out var lines, out var problem))
                lines.ForEach(line => Read(line, setting));
            else
                failures.Add($"{setting}: {problem}");
        }
    }
}
