using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bcrypt = Org.BouncyCastle.Crypto.Generators.BCrypt;

namespace Identity.Core.Passwords.Foreign;

/// <summary> bcrypt with the prefixes 2a, 2b, 2x and 2y, and Django's <c>bcrypt_sha256</c>. 2x marks hashes of
/// crypt_blowfish before 1.1, which sign-extended every byte. The flaw is reproduced; otherwise nobody with an umlaut
/// in the password could sign in.
/// </summary>
internal sealed class BcryptHash : ForeignHash
{
    private const int MinCost = 4;
    private const int MaxCost = 16;
    private const int MaxKeyBytes = 72;
    private const int SaltCharacters = 22;
    private const int HashCharacters = 31;
    private const int HashBytes = 23;
    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string DjangoPrefix = "bcrypt_sha256$$";
    private const string StoredPrefix = "$bcrypt-sha256-hex$";
    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    private readonly string _text;
    private readonly bool _isPrehashed;
    private readonly int _cost;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private BcryptHash(string text, bool isPrehashed, int cost, byte[] salt, byte[] hash) =>
        (_text, _isPrehashed, _cost, _salt, _hash) = (text, isPrehashed, cost, salt, hash);

    /// <inheritdoc />
    public override HashWork Work => new(HashPrimitive.Bcrypt, 1L << _cost);

    /// <summary>Reads <c>$2b$12$...</c>, Django's <c>bcrypt$$2b$12$...</c> and
    /// <c>bcrypt_sha256$$2b$12$...</c>.</summary>
    public static BcryptHash? Read(string text)
    {
        if (text.StartsWith("bcrypt$$", StringComparison.Ordinal))
            return Read(text["bcrypt$".Length..], isPrehashed: false);
        if (text.StartsWith(DjangoPrefix, StringComparison.Ordinal))
            return Read(text[(DjangoPrefix.Length - 1)..], isPrehashed: true);
        return
            text.StartsWith(StoredPrefix, StringComparison.Ordinal)
            && text[StoredPrefix.Length..].Split('$') is [var cost, var kind, var rest]
            ? Read($"${kind}${cost}${rest}", isPrehashed: true)
            : Read(text, isPrehashed: false);
    }

    /// <inheritdoc />
    public override string ToText() =>
        _isPrehashed && _text.Split('$') is [_, var kind, var cost, var rest]
            ? $"{StoredPrefix}{cost}${kind}${rest}"
            : _text;

    /// <inheritdoc />
    public override bool Matches(byte[] password)
    {
        var typed = _isPrehashed
            ? Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(password)))
            : password;
        byte[] terminated = [.. typed.Take(MaxKeyBytes), 0];
        var key = _text[2] == 'x' ? SignExtended(terminated) : terminated[..Math.Min(terminated.Length, MaxKeyBytes)];
        return CryptographicOperations.FixedTimeEquals(
            Bcrypt.Generate(key, _salt, _cost, addTerminator: false).AsSpan(0, HashBytes),
            _hash.AsSpan(0, HashBytes)
        );
    }

    private static BcryptHash? Read(string text, bool isPrehashed) =>
        text.Split('$') is ["", ['2', 'a' or 'b' or 'x' or 'y'], { Length: 2 } c, { Length: 53 } rest]
        && HashText.TryNumber(c, MinCost, MaxCost, out var cost)
        && HashText.SixBits(rest.AsSpan(0, SaltCharacters), Allowed, Alphabet, lowFirst: false) is { } salt
        && HashText.SixBits(rest.AsSpan(SaltCharacters, HashCharacters), Allowed, Alphabet, lowFirst: false) is { } hash
            ? new(text, isPrehashed, cost, salt, hash)
            : null;

    // The key schedule takes 18 words of 4 bytes, cyclically. A byte with its highest bit set filled all bits above it
    // in its word. As 72 bytes these words are a key of the correct bcrypt.
    private static byte[] SignExtended(byte[] terminated)
    {
        var key = new byte[MaxKeyBytes];
        var cycle = Math.Min(terminated.Length, MaxKeyBytes + 1);
        for (var word = 0; word < MaxKeyBytes / 4; word++)
        {
            uint value = 0;
            for (var at = 0; at < 4; at++)
            {
                var next = terminated[((word * 4) + at) % cycle];
                value = next < 0x80 ? (value << 8) | next : 0xFFFFFF00 | next;
            }
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(word * 4), value);
        }
        return key;
    }
}
