using System.Buffers;
using System.Globalization;

namespace Identity.Core.Passwords.Foreign;

/// <summary>Parses the numbers and bytes in the text of a hash.</summary>
internal static class HashText
{
    /// <summary>Minimum length of a derived key, in bytes: shorter ones could match by chance.</summary>
    public const int MinKeyBytes = 16;

    /// <summary>Maximum length of a derived key or a salt, in bytes.</summary>
    public const int MaxBytes = 256;

    private const int MaxCharacters = MaxBytes * 2;

    /// <summary>Base64 in any of its alphabets: the standard one, the one for URLs, and passlib's with a dot for the
    /// plus; with padding or without.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, int min, out byte[] bytes)
    {
        bytes = [];
        text = text.TrimEnd('=');
        if (text.Length > MaxCharacters || text.Length % 4 == 1)
            return false;
        Span<char> standard = stackalloc char[(text.Length + 3) / 4 * 4];
        standard.Fill('=');
        text.CopyTo(standard);
        standard.Replace('-', '+');
        standard.Replace('.', '+');
        standard.Replace('_', '/');
        var decoded = new byte[standard.Length / 4 * 3];
        if (!Convert.TryFromBase64Chars(standard, decoded, out var length) || length < min || length > MaxBytes)
            return false;
        bytes = decoded[..length];
        return true;
    }

    /// <summary>Standard base64 without padding.</summary>
    public static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>A decimal number within limits, without sign or white space.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= min
        && number <= max;

    /// <summary>Parameters such as <c>m=65536,t=3,p=4</c>; null if a value is missing or a name occurs twice.</summary>
    public static Dictionary<string, string>? Parameters(string text)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (var pair in text.Split(','))
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value] || !found.TryAdd(name, value))
                return null;
        }
        return found;
    }

    /// <summary>Decodes groups of six bits, by an alphabet of 64 characters; null if a character is not in
    /// it.</summary>
    /// <param name="lowFirst">Whether the first character holds the lowest bits, as in crypt(3) and phpass.</param>
    public static byte[]? SixBits(ReadOnlySpan<char> text, SearchValues<char> allowed, string alphabet, bool lowFirst)
    {
        if (text.ContainsAnyExcept(allowed))
            return null;
        var bytes = new byte[text.Length * 6 / 8];
        var (bits, count, at) = (0, 0, 0);
        foreach (var character in text)
        {
            var six = alphabet.IndexOf(character, StringComparison.Ordinal);
            bits = lowFirst ? bits | (six << count) : (bits << 6) | six;
            count += 6;
            if (count < 8)
                continue;
            count -= 8;
            bytes[at++] = (byte)(lowFirst ? bits : bits >> count);
            bits = lowFirst ? bits >> 8 : bits & ((1 << count) - 1);
        }
        return bytes;
    }
}
