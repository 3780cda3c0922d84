using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Core.Passwords;

/// <summary> Passwords known from breaches, from range files that an operator has downloaded: one file per prefix of
/// five hex digits of a SHA-1, named after it, with lines <c>REST:COUNT</c>. No service is called at run time (PW-6). A
/// prefix without a file has no breached passwords.
/// </summary>
internal static class BreachedPasswords
{
    private const int PrefixLength = 5;

    /// <summary>Whether the password is in the folder's files.</summary>
    [SuppressMessage(
        "Security",
        "CA5350:Do Not Use Weak Cryptographic Algorithms",
        Justification = "The lists of breached passwords are keyed by SHA-1; nothing is protected by it here."
    )]
    public static bool Contains(string folder, string password)
    {
        var digest = Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
        var (prefix, rest) = (digest[..PrefixLength], digest[PrefixLength..]);
        foreach (var path in new[] { Path.Combine(folder, prefix), Path.Combine(folder, prefix + ".txt") })
        {
            if (File.Exists(path))
                return HasLine(path, rest);
        }
        return false;
    }

    private static bool HasLine(string path, string rest)
    {
        foreach (var line in File.ReadLines(path))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var suffix = (colon < 0 ? line : line.AsSpan(0, colon)).Trim();
            // Padded files have lines with a count of 0: they are not breaches.
            if (suffix.Equals(rest, StringComparison.OrdinalIgnoreCase))
                return colon < 0
                    || !long.TryParse(
                        line.AsSpan(colon + 1),
                        NumberStyles.Integer,
                        CultureInfo.InvariantCulture,
                        out var count
                    )
                    || count > 0;
        }
        return false;
    }
}
