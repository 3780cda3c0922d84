using System.Security.Cryptography;

namespace Identity.Core.Grants.DeviceAuthorization;

/// <summary>
/// What a person types on another device (RFC 8628 section 6.1): eight letters of twenty that are neither vowels, so
/// that no word comes out, nor easily mistaken for a digit or each other. 34 bits, good for ten minutes and behind an
/// attempt limit (DV-1).
/// </summary>
public sealed class UserCode
{
    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Letters = 8;

    private UserCode(string letters) => Value = letters;

    /// <summary>The letters alone.</summary>
    public string Value { get; }

    /// <summary>As it is shown: <c>XXXX-XXXX</c>.</summary>
    public string Display => $"{Value[..4]}-{Value[4..]}";

    /// <summary>A new code, each letter equally likely.</summary>
    public static UserCode Create() => new(RandomNumberGenerator.GetString(Alphabet, Letters));

    /// <summary>Reads what was typed: case, spaces and hyphens do not matter. Null when it cannot be a code.</summary>
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

    /// <summary>Redacted: whoever reads it can approve.</summary>
    public override string ToString() => "UserCode(redacted)";
}
