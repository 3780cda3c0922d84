using System.Globalization;

namespace Identity.Core.Clients;

/// <summary>What a redirect URI may be, and when a presented one is a registered one (RFC 6749 section 3.1.2, RFC 8252,
/// RFC 9700 section 4.1; OA-1).</summary>
public static class RedirectUri
{
    private static readonly string[] LoopbackLiterals = ["http://127.0.0.1", "http://[::1]"];

    /// <summary>Why <paramref name="text"/> cannot be registered for this kind of client; null when it can.</summary>
    public static string? Problem(ClientProfile profile, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !uri.IsWellFormedOriginalString())
            return "is not an absolute URI";
        if (text.Contains('#', StringComparison.Ordinal))
            return "has a fragment";
        if (text.Contains('*', StringComparison.Ordinal))
            return "has a wildcard; redirect URIs are compared exactly";
        if (!string.IsNullOrEmpty(uri.UserInfo) || AuthorityOf(text).Contains('@', StringComparison.Ordinal))
            return "has user information";
        if (!text.StartsWith(uri.Scheme + ":", StringComparison.Ordinal))
            return "does not begin with its scheme in lower case";
        if (uri.Scheme == Uri.UriSchemeHttps)
            return null;
        if (uri.Scheme == Uri.UriSchemeHttp)
            return IsLoopback(text, uri) ? null : "is plain http on a host that is not loopback";
        if (profile != ClientProfile.Native)
            return "must be https (or http on loopback)";
        return uri.Scheme.Contains('.', StringComparison.Ordinal)
            ? null
            : "has a private scheme that is no reversed domain name (RFC 8252 section 7.1)";
    }

    internal static bool Matches(Client client, IReadOnlyList<string> registered, string presented)
    {
        if (registered.Contains(presented, StringComparer.Ordinal))
            return true;
        return client.Profile == ClientProfile.Native
            && LoopbackWithoutPort(presented) is { } asked
            && registered.Any(text => LoopbackWithoutPort(text) == asked);
    }

    /// <summary>The URI without its port, if it begins with a loopback literal (RFC 8252 section 7.3) letter by letter;
    /// null for every other spelling of the same address. The text is compared, not the parsed URI: parsing would
    /// forgive ways of writing (user information, octal and short addresses, case, backslashes) that exactness must
    /// not.</summary>
    private static string? LoopbackWithoutPort(string text)
    {
        foreach (var literal in LoopbackLiterals)
        {
            if (!text.StartsWith(literal, StringComparison.Ordinal))
                continue;
            var rest = text[literal.Length..];
            var digits = 0;
            if (rest.StartsWith(':'))
            {
                digits = rest.AsSpan(1).IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length - 1;
                if (digits is 0 or > 5 || int.Parse(rest.AsSpan(1, digits), CultureInfo.InvariantCulture) > 65_535)
                    return null;
                digits++;
            }
            rest = rest[digits..];
            return rest.Length == 0 || rest[0] is '/' or '?' ? literal + rest : null;
        }
        return null;
    }

    private static bool IsLoopback(string text, Uri uri) =>
        LoopbackWithoutPort(text) is not null
        || uri.Host == "localhost"
        || uri.Host.EndsWith(".localhost", StringComparison.Ordinal);

    // As it is written: a parsed URI drops an empty user name.
    private static string AuthorityOf(string text)
    {
        var start = text.IndexOf("//", StringComparison.Ordinal);
        if (start < 0)
            return string.Empty;
        var end = text.IndexOfAny(['/', '?', '#'], start + 2);
        return end < 0 ? text[(start + 2)..] : text[(start + 2)..end];
    }
}
