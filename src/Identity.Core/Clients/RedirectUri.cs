using System.Net;

namespace Identity.Core.Clients;

/// <summary>What a redirect URI may be, and when a presented one is a registered one (RFC 6749 section 3.1.2, RFC 8252,
/// RFC 9700 section 4.1; OA-1).</summary>
public static class RedirectUri
{
    /// <summary>Why <paramref name="text"/> cannot be registered for this kind of client; null when it can.</summary>
    public static string? Problem(ClientProfile profile, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !uri.IsWellFormedOriginalString())
            return "is not an absolute URI";
        if (text.Contains('#', StringComparison.Ordinal))
            return "has a fragment";
        if (text.Contains('*', StringComparison.Ordinal))
            return "has a wildcard; redirect URIs are compared exactly";
        if (!string.IsNullOrEmpty(uri.UserInfo))
            return "has user information";
        if (uri.Scheme == Uri.UriSchemeHttps)
            return null;
        if (uri.Scheme == Uri.UriSchemeHttp)
            return IsLoopback(uri) ? null : "is plain http on a host that is not loopback";
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
        if (
            client.Profile != ClientProfile.Native
            || !Uri.TryCreate(presented, UriKind.Absolute, out var uri)
            || !IsLoopbackAddress(uri)
        )
            return false;
        return registered.Any(text =>
            Uri.TryCreate(text, UriKind.Absolute, out var candidate)
            && IsLoopbackAddress(candidate)
            && SameButForPort(text, candidate, presented, uri)
        );
    }

    // The text is compared, not the parsed URI: parsing would forgive ways of writing (case, %-encoding, dot segments)
    // that exactness must not.
    private static bool SameButForPort(string registered, Uri registeredUri, string presented, Uri presentedUri) =>
        string.Equals(
            WithoutPort(registered, registeredUri),
            WithoutPort(presented, presentedUri),
            StringComparison.Ordinal
        );

    private static string WithoutPort(string text, Uri uri)
    {
        var authority = text.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = text.IndexOfAny(['/', '?'], authority);
        var tail = end < 0 ? string.Empty : text[end..];
        return $"{uri.Scheme}://{uri.Host}{tail}";
    }

    private static bool IsLoopbackAddress(Uri uri) =>
        uri.Scheme == Uri.UriSchemeHttp
        && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)
        && IPAddress.IsLoopback(address);

    private static bool IsLoopback(Uri uri) =>
        IsLoopbackAddress(uri) || uri.Host == "localhost" || uri.Host.EndsWith(".localhost", StringComparison.Ordinal);
}
