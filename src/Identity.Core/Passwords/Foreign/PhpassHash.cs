using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Passwords.Foreign;

/// <summary>phpass's portable hash: MD5 repeated 2 to the power of n times, as WordPress (<c>$P$</c>), phpBB
/// (<c>$H$</c>) and older Drupal store it.</summary>
internal sealed class PhpassHash : ForeignHash
{
    private const int MinLog = 7;
    private const int MaxLog = 20;
    private const int SaltCharacters = 8;
    private const int HashCharacters = 22;
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    private readonly int _log;
    private readonly string _salt;
    private readonly string _text;
    private readonly byte[] _hash;

    private PhpassHash(int log, string salt, string text, byte[] hash) =>
        (_log, _salt, _text, _hash) = (log, salt, text, hash);

    /// <inheritdoc />
    public override HashWork Work => new(HashPrimitive.Md5, (1L << _log) + 1);

    /// <summary>Reads <c>$P$B12345678...</c>, <c>$H$...</c> and the stored form
    /// <c>$phpass$13$12345678$...</c>.</summary>
    public static PhpassHash? Read(string text) =>
        text.Split('$') switch
        {
            ["", "P" or "H", { Length: 1 + SaltCharacters + HashCharacters } rest] => Create(
                Alphabet.IndexOf(rest[0], StringComparison.Ordinal),
                rest[1..(1 + SaltCharacters)],
                rest[(1 + SaltCharacters)..]
            ),
            ["", "phpass", var n, { Length: SaltCharacters } salt, { Length: HashCharacters } hash]
                when HashText.TryNumber(n, MinLog, MaxLog, out var log) => Create(log, salt, hash),
            _ => null,
        };

    /// <inheritdoc />
    public override string ToText() => string.Create(CultureInfo.InvariantCulture, $"$phpass${_log}${_salt}${_text}");

    /// <inheritdoc />
    [SuppressMessage(
        "Security",
        "CA5351:Do Not Use Broken Cryptographic Algorithms",
        Justification = "The other system chose it; the first sign-in replaces the hash."
    )]
    public override bool Matches(byte[] password)
    {
        var hash = MD5.HashData([.. Encoding.ASCII.GetBytes(_salt), .. password]);
        byte[] next = [.. hash, .. password];
        for (var round = 0; round < 1 << _log; round++)
        {
            MD5.HashData(next, hash);
            hash.CopyTo(next, 0);
        }
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }

    private static PhpassHash? Create(int log, string salt, string text) =>
        log is >= MinLog and <= MaxLog
        && !salt.AsSpan().ContainsAnyExcept(Allowed)
        && HashText.SixBits(text, Allowed, Alphabet, lowFirst: true) is { Length: 16 } hash
            ? new(log, salt, text, hash)
            : null;
}
