using System.Globalization;
using System.Text.RegularExpressions;

namespace Identity.Core.Clients;

/// <summary>What a redirect URI may be, and when a presented one matches a registered one (RFC 6749 section 3.1.2, RFC
/// 8252, RFC 9700 section 4.1; OA-1).</summary>
public static partial class RedirectUri
{
    // Schemes that a browser or the system handles itself: a redirect to one runs code, opens a file or starts a
    // program instead of reaching an app.
    private static readonly HashSet<string> NeverPrivate = new(StringComparer.OrdinalIgnoreCase)
    {
        "about",
        "blob",
        "chrome",
        "content",
        "data",
        "file",
        "filesystem",
        "ftp",
        "ftps",
        "http",
        "https",
        "intent",
        "jar",
        "javascript",
        "livescript",
        "mailto",
        "ms-settings",
        "resource",
        "search-ms",
        "sms",
        "ssh",
        "tel",
        "urn",
        "vbscript",
        "view-source",
        "ws",
        "wss",
    };

    /// <summary>Why <paramref name="text"/> cannot be registered for this kind of client; null if it can.</summary>
    /// <param name="privateSchemes">Private-use schemes that are allowed in addition to reversed domain names.</param>
    public static string? Problem(ClientProfile profile, string text, IReadOnlySet<string>? privateSchemes = null)
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
            return IsHttps(text) ? null : "must begin with https:// in small letters";
        if (uri.Scheme == Uri.UriSchemeHttp)
            return LoopbackForm().IsMatch(text) || LocalNameForm().IsMatch(text)
                ? null
                : "is plain http on a host that is not loopback: localhost, 127.0.0.1 or [::1]";
        if (profile != ClientProfile.Native)
            return "must be https (or http on loopback)";
        if (!IsPrivateScheme(uri.Scheme))
            return $"has the scheme '{uri.Scheme}', which no app can own";
        return uri.Scheme.Contains('.', StringComparison.Ordinal) || privateSchemes?.Contains(uri.Scheme) == true
            ? null
            : $"has the private scheme '{uri.Scheme}', which is no reversed domain name (RFC 8252 section 7.1); "
                + $"{nameof(ClientDefinition.PrivateSchemes)} can allow it";
    }

    /// <summary>Whether this can be an app's own scheme: valid by RFC 3986 section 3.1, and not handled by browsers or
    /// the system.</summary>
    public static bool IsPrivateScheme(string scheme) => SchemeForm().IsMatch(scheme) && !NeverPrivate.Contains(scheme);

    /// <summary>Whether only the owner of the host can receive requests at the address.</summary>
    public static bool IsHttps(string redirectUri) => redirectUri.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>The scheme of an address that is neither https nor http; null for those.</summary>
    public static string? PrivateSchemeOf(string redirectUri) =>
        Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.Scheme is not ("https" or "http")
            ? uri.Scheme
            : null;

    /// <summary>Whether the address leads back to the person's own device: loopback.</summary>
    public static bool IsLoopback(string redirectUri) =>
        LoopbackForm().IsMatch(redirectUri) || LocalNameForm().IsMatch(redirectUri);

    internal static bool Matches(Client client, IReadOnlyList<string> registered, string presented)
    {
        if (registered.Contains(presented, StringComparer.Ordinal))
            return true;
        return client.Profile == ClientProfile.Native
            && WithoutPort(client, presented) is { } address
            && registered.Any(text => WithoutPort(client, text) == address);
    }

    // The text is compared and not a parsed URI, because parsing accepts variants (case, %-encoding, dot segments, an
    // address in octal, a port with leading zeros, user information) that an exact comparison must refuse. Null if it
    // is not a loopback address with a free port.
    private static string? WithoutPort(Client client, string text)
    {
        var match = LoopbackForm().Match(text);
        if (!match.Success || match.Groups["host"].Value == "localhost" && !client.AllowAnyLocalhostPort)
            return null;
        return
            match.Groups["port"] is { Success: true, Value: var port }
            && int.Parse(port, CultureInfo.InvariantCulture) > 65535
            ? null
            : $"http://{match.Groups["host"].Value}{text[match.Length..]}";
    }

    [GeneratedRegex(@"^http://(?<host>127\.0\.0\.1|\[::1\]|localhost)(:(?<port>[1-9][0-9]{0,4}))?(?=[/?]|\z)")]
    private static partial Regex LoopbackForm();

    // Registered as they stand, and compared exactly: other addresses of the loopback network, and names below
    // localhost (RFC 6761 section 6.3).
    [GeneratedRegex(@"^http://(127(\.[0-9]{1,3}){3}|([a-z0-9-]+\.)+localhost)(:[1-9][0-9]{0,4})?(?=[/?]|\z)")]
    private static partial Regex LocalNameForm();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]{0,99}\z")]
    private static partial Regex SchemeForm();

    // Taken from the text, because a parsed URI drops an empty user name.
    private static string AuthorityOf(string text)
    {
        var start = text.IndexOf("//", StringComparison.Ordinal);
        if (start < 0)
            return string.Empty;
        var end = text.IndexOfAny(['/', '?', '#'], start + 2);
        return end < 0 ? text[(start + 2)..] : text[(start + 2)..end];
    }
}
