namespace Identity.Server.Protocol.Registration;

/// <summary>Which client ids are URLs of metadata documents (draft-ietf-oauth-client-id-metadata-document section
/// 3).</summary>
internal static class ClientDocumentUrl
{
    /// <summary>The pattern that allows every host.</summary>
    public const string AnyHost = "*";

    private const string Https = "https://";
    private const int MaxCharacters = 200;

    /// <summary> The URL; null if the id is none. It must be the very text that is fetched: no other spelling of a host
    /// or path (capitals, the default port, dot segments, escapes), so that the comparison as text is the comparison of
    /// documents. A query, user information, a fragment, and the bare root of a site are refused.
    /// </summary>
    /// <param name="allowLoopback">Whether plain http to this machine is allowed, as in Development.</param>
    public static Uri? Parse(string clientId, bool allowLoopback) =>
        clientId.Length <= MaxCharacters
        && clientId.StartsWith("http", StringComparison.Ordinal)
        && clientId.All(static c => char.IsAsciiLetterOrDigit(c) || "._~/:-".Contains(c, StringComparison.Ordinal))
        && Uri.TryCreate(clientId, UriKind.Absolute, out var url)
        && url.AbsoluteUri == clientId
        && url.AbsolutePath.Length > 1
        && !url.Host.EndsWith('.')
        && (clientId.StartsWith(Https, StringComparison.Ordinal) || (allowLoopback && url.IsLoopback))
            ? url
            : null;

    /// <summary>Whether one of the operator's patterns allows the host.</summary>
    public static bool IsAllowed(Uri url, IEnumerable<string> patterns) =>
        patterns.Any(pattern =>
            pattern == AnyHost
            || url.Host.Equals(pattern, StringComparison.OrdinalIgnoreCase)
            || (
                pattern.StartsWith("*.", StringComparison.Ordinal)
                && url.Host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
            )
        );
}
