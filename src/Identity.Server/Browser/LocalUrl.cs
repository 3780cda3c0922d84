using System.Diagnostics.CodeAnalysis;

namespace Identity.Server.Browser;

/// <summary> Return URLs as received, decoded once by the query string and never again (WB-3). Anything that is not
/// clearly a path on this host is not a return URL; the person then goes to their account.
/// </summary>
internal static class LocalUrl
{
    /// <summary>Longer than any authorization request that other limits allow.</summary>
    private const int MaxCharacters = 8192;

    /// <summary>The target without a return URL.</summary>
    public const string Account = "/account";

    /// <summary>The page of the account's passkeys.</summary>
    public const string Passkeys = Account + "/passkeys";

    /// <summary>The page of the account's password.</summary>
    public const string Password = Account + "/password";

    /// <summary>The URL itself if it is a path on this host, else null.</summary>
    public static string? OrNull(string? url) => IsLocal(url) ? url : null;

    /// <summary>A path with the return URL, if there is one.</summary>
    public static string With(string path, string? returnUrl) =>
        returnUrl is null
            ? path
            : path
                + (path.Contains('?', StringComparison.Ordinal) ? "&returnUrl=" : "?returnUrl=")
                + Uri.EscapeDataString(returnUrl);

    /// <summary> One slash, then neither slash nor backslash; printable ASCII only. Browsers drop tabs and line breaks
    /// and turn backslashes into slashes, so that <c>/\evil.example</c> and <c>/&lt;tab&gt;/evil.example</c> would
    /// leave this host; and a header can contain nothing else.
    /// </summary>
    public static bool IsLocal([NotNullWhen(true)] string? url) =>
        url is ['/', ..]
        && url.Length <= MaxCharacters
        && (url.Length == 1 || url[1] is not ('/' or '\\'))
        && url.All(static c => c is > ' ' and < '\u007F' and not '\\');
}
