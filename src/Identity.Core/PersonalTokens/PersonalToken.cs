using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Identity.Core.Primitives;

namespace Identity.Core.PersonalTokens;

// PersonalTokens owns the tokens that people make for their own programs (idp.personal_access_tokens): their format,
// the scopes that one may have, and their life. It decides neither who may ask about one nor what is issued for one:
// Protocol does.

/// <summary>A personal access token: a prefix by which scanners of secrets find it, 256 random bits, and a checksum by
/// which a typing error is noticed without the database. Only its digest is stored.</summary>
public sealed partial class PersonalToken
{
    /// <summary>The beginning of every token.</summary>
    public const string Prefix = "idp_pat_";

    /// <summary>A regular expression that finds tokens in other text.</summary>
    public const string Pattern = Prefix + "[0-9A-Za-z]{49}";

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // 43 characters of 62 are 256 bits, as in OpaqueToken.
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;

    private PersonalToken(string value) => Value = value;

    /// <summary>The text to show once. Never log it.</summary>
    public string Value { get; }

    /// <summary>The digest that is stored.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Value);

    /// <summary>A new token.</summary>
    public static PersonalToken Create()
    {
        var body = Prefix + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return new(body + ChecksumOf(body));
    }

    /// <summary>Parses a presented token. False for anything that cannot be one, so that it never reaches the
    /// database.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PersonalToken? token)
    {
        token =
            text is not null
            && Form().IsMatch(text)
            && text.AsSpan(text.Length - ChecksumLength).SequenceEqual(ChecksumOf(text[..^ChecksumLength]))
                ? new(text)
                : null;
        return token is not null;
    }

    /// <summary>Redacted.</summary>
    public override string ToString() => "PersonalToken(redacted)";

    // CRC-32 as in zlib and PNG (ISO 3309), in base 62 with leading zeros: six digits hold 32 bits.
    private static string ChecksumOf(string body)
    {
        var crc = uint.MaxValue;
        foreach (var one in Encoding.ASCII.GetBytes(body))
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        crc = ~crc;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Digit(crc, 5)}{Digit(crc, 4)}{Digit(crc, 3)}{Digit(crc, 2)}{Digit(crc, 1)}{Digit(crc, 0)}"
        );
    }

    private static char Digit(uint number, int place)
    {
        for (; place > 0; place--)
            number /= (uint)Alphabet.Length;
        return Alphabet[(int)(number % (uint)Alphabet.Length)];
    }

    [GeneratedRegex("^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
