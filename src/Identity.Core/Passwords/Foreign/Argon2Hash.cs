using System.Globalization;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace Identity.Core.Passwords.Foreign;

/// <summary>Argon2 (RFC 9106) in the PHC string format, as the reference library, libsodium, Django and Keycloak store
/// it.</summary>
internal sealed class Argon2Hash : ForeignHash
{
    /// <summary>Maximum memory: 128 MiB, in KiB.</summary>
    private const int MaxMemory = 128 * 1024;

    /// <summary>Maximum memory over all passes: 512 MiB, in KiB.</summary>
    private const int MaxWork = 512 * 1024;
    private const int MaxPasses = 64;
    private const int MaxLanes = 16;
    private const string DjangoPrefix = "argon2$";

    private readonly string _kind;
    private readonly int _version;
    private readonly int _memory;
    private readonly int _passes;
    private readonly int _lanes;
    private readonly byte[] _salt;
    private readonly byte[] _key;

    private Argon2Hash(string kind, int version, (int Memory, int Passes, int Lanes) cost, byte[] salt, byte[] key) =>
        (_kind, _version, (_memory, _passes, _lanes), _salt, _key) = (kind, version, cost, salt, key);

    /// <inheritdoc />
    public override HashWork Work => new(HashPrimitive.Argon2, (long)_memory * _passes);

    /// <summary>Reads <c>$argon2id$v=19$m=65536,t=3,p=4$SALT$KEY</c>, with Django's <c>argon2</c> before it or without.
    /// A missing version means 16.</summary>
    public static Argon2Hash? Read(string text)
    {
        if (text.StartsWith(DjangoPrefix, StringComparison.Ordinal))
            text = "$" + text[DjangoPrefix.Length..].TrimStart('$');
        return text.Split('$') switch
        {
            ["", var kind, "v=19", var cost, var salt, var key] => Read(kind, 19, cost, salt, key),
            ["", var kind, "v=16", var cost, var salt, var key] => Read(kind, 16, cost, salt, key),
            ["", var kind, var cost, var salt, var key] => Read(kind, 16, cost, salt, key),
            _ => null,
        };
    }

    /// <summary>A hash of these parts; null if a part exceeds the limits.</summary>
    public static Argon2Hash? Create(
        string kind,
        int version,
        (int Memory, int Passes, int Lanes) cost,
        byte[] salt,
        byte[] key
    ) =>
        kind is "argon2id" or "argon2i" or "argon2d"
        && version is 16 or 19
        && cost.Passes is >= 1 and <= MaxPasses
        && cost.Lanes is >= 1 and <= MaxLanes
        && cost.Memory >= 8 * cost.Lanes
        && cost.Memory <= MaxMemory
        && cost.Memory * cost.Passes <= MaxWork
        && salt.Length is >= 8 and <= HashText.MaxBytes
        && key.Length is >= HashText.MinKeyBytes and <= HashText.MaxBytes
            ? new(kind, version, cost, salt, key)
            : null;

    /// <inheritdoc />
    public override string ToText() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"${_kind}$v={_version}$m={_memory},t={_passes},p={_lanes}${HashText.Encode(_salt)}${HashText.Encode(_key)}"
        );

    /// <inheritdoc />
    public override bool Matches(byte[] password)
    {
        var kind = _kind switch
        {
            "argon2id" => Argon2Parameters.Argon2id,
            "argon2i" => Argon2Parameters.Argon2i,
            _ => Argon2Parameters.Argon2d,
        };
        Argon2BytesGenerator generator = new();
        generator.Init(
            new Argon2Parameters.Builder(kind)
                .WithVersion(_version)
                .WithMemoryAsKB(_memory)
                .WithIterations(_passes)
                .WithParallelism(_lanes)
                .WithSalt(_salt)
                .Build()
        );
        var key = new byte[_key.Length];
        generator.GenerateBytes(password, key);
        return CryptographicOperations.FixedTimeEquals(key, _key);
    }

    private static Argon2Hash? Read(string kind, int version, string cost, string salt, string key) =>
        HashText.Parameters(cost) is { Count: 3 } parameters
        && Number(parameters, "m", MaxMemory) is { } memory
        && Number(parameters, "t", MaxPasses) is { } passes
        && Number(parameters, "p", MaxLanes) is { } lanes
        && HashText.TryDecode(salt, 8, out var saltBytes)
        && HashText.TryDecode(key, HashText.MinKeyBytes, out var keyBytes)
            ? Create(kind, version, (memory, passes, lanes), saltBytes, keyBytes)
            : null;

    private static int? Number(Dictionary<string, string> parameters, string name, int max) =>
        parameters.TryGetValue(name, out var text) && HashText.TryNumber(text, 1, max, out var number) ? number : null;
}
