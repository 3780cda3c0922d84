using System.Security.Cryptography;

namespace Identity.Core.Grants.DeviceAuthorization;

/// <summary> The code that a person types on another device (RFC 8628 section 6.1): eight of twenty letters. There are
/// no vowels, so that no words appear, and no letters that look like digits or each other. 34 bits, valid for ten
/// minutes and protected by an attempt limit (DV-1).
/// </summary>
public sealed class UserCode
{
    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Letters = 8;

    private UserCode(string letters) => Value = letters;

    /// <summary>The letters alone.</summary>
    public string Value { get; }

    /// <summary>The displayed form: <c>XXXX-XXXX</c>.</summary>
    public string Display => $"{Value[..4]}-{Value[4..]}";

    /// <summary>A new code, each letter equally likely.</summary>
    public static UserCode Create() => new(RandomNumberGenerator.GetString(Alphabet, Letters));

    /// <summary>Parses typed input, ignoring case, spaces and hyphens. Null if it cannot be a code.</summary>
    public static UserCode? Parse(string? typed)
    {
        if (typed is null || typed.Length > 40)
            return null;
        var letters = string.Concat(
                typed.Where(static character => character is not (' ' or '-' or '\u2010' or '\u2011' or '\u2013'))
            )
            .ToUpperInvariant();
        return letters.Length == Letters && letters.All(Alphabet.Contains) ? new(letters) : null;
    }

    /// <summary>Redacted: the code is enough to approve the request.</summary>
    public override string ToString() => "UserCode(redacted)";
}
