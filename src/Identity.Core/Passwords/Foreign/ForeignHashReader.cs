using System.Diagnostics.CodeAnalysis;

namespace Identity.Core.Passwords.Foreign;

/// <summary>Reads the text of a hash that another system made. An unknown format, or one beyond the limits, is not
/// accepted.</summary>
internal static class ForeignHashReader
{
    /// <summary>Maximum length of a text, in characters.</summary>
    private const int MaxLength = 2048;

    private static readonly string[] CryptPrefixes = ["{CRYPT}", "{BCRYPT}", "{ARGON2}"];

    private static readonly Func<string, ForeignHash?>[] Readers =
    [
        BcryptHash.Read,
        Pbkdf2Hash.ReadModular,
        Pbkdf2Hash.ReadDjango,
        Pbkdf2Hash.ReadLdap,
        Pbkdf2Hash.ReadAspNetIdentity,
        Argon2Hash.Read,
        ScryptHash.Read,
        PhpassHash.Read,
        SaltedShaHash.Read,
        KeycloakCredential.Read,
    ];

    /// <summary>Reads one. Never throws, whatever the text is.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out ForeignHash? hash)
    {
        hash = null;
        if (text is null || text.Length is 0 or > MaxLength)
            return false;
        foreach (var prefix in CryptPrefixes)
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                text = text[prefix.Length..];
        }
        foreach (var read in Readers)
        {
            hash = read(text);
            if (hash is not null)
                return true;
        }
        return false;
    }
}
