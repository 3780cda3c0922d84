namespace Identity.Server.Protocol.Extensions.ResourceIndicators;

/// <summary> When a presented resource is a registered one (RFC 8707 section 2). Exactly, or, for a web address, by the
/// two differences that libraries make on their own: the case of scheme and host, and the slash of a bare origin (RFC
/// 3986 sections 6.2.2.1 and 6.2.3). Nothing else is forgiven: paths are other resources.
/// </summary>
internal static class ResourceName
{
    /// <summary>The registered name; null if there is none. Tokens carry this one, as its API expects it.</summary>
    public static string? Find(IReadOnlyCollection<string> registered, string presented) =>
        registered.Contains(presented) ? presented
        : CanonicalOf(presented) is { } wanted ? registered.FirstOrDefault(name => CanonicalOf(name) == wanted)
        : null;

    /// <summary>The registered names of the presented ones, each once; null if one is not registered.</summary>
    public static IReadOnlyList<string>? FindAll(IReadOnlyCollection<string> registered, IEnumerable<string> presented)
    {
        string?[] found = [.. presented.Select(name => Find(registered, name)).Distinct(StringComparer.Ordinal)];
        return found.Contains(null) ? null : [.. found.OfType<string>()];
    }

    private static string? CanonicalOf(string text)
    {
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || text.IndexOf("//", StringComparison.Ordinal) is not (> 0 and var slashes)
        )
            return null;
        var end = text.IndexOfAny(['/', '?'], slashes + 2);
        var rest = end < 0 ? string.Empty : text[end..];
        return text[..(end < 0 ? text.Length : end)].ToLowerInvariant() + (rest == "/" ? string.Empty : rest);
    }
}
