namespace Identity.Core.Primitives;

/// <summary> The origin of an address (RFC 6454) in characters that a header may contain: the only way from an
/// untrusted URI to a source of a Content-Security-Policy or an allowed origin. User information, path and query are
/// left out.
/// </summary>
public static class WebOrigin
{
    /// <summary><c>https://host[:port]</c>; null if it is not an http address or its host has characters that names and
    /// addresses do not have.</summary>
    public static string? Of(Uri uri)
    {
        if (!uri.IsAbsoluteUri || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
            return null;
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        if (
            host.Length == 0
            || !host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '[' or ']' or ':' or '_')
        )
            return null;
        var port = uri.IsDefaultPort
            ? string.Empty
            : ":" + uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return $"{uri.Scheme}://{host}{port}";
    }

    /// <inheritdoc cref="Of(Uri)"/>
    public static string? Of(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? Of(uri) : null;
}
