using System.Security.Cryptography;
using Identity.Core.Primitives;

namespace Identity.Server.Browser;

/// <summary> The additions of the current answer to the Content-Security-Policy of every page (WB-4): a nonce for its
/// own inline script and style, and origins that were validated for this request, such as that of a client to which a
/// form redirects. Hosting writes the header when the answer starts.
/// </summary>
internal sealed class ContentPolicy
{
    private readonly SortedDictionary<string, SortedSet<string>> _origins = new(StringComparer.Ordinal);

    /// <summary>The nonce, created on first use. 128 random bits.</summary>
    public string? Nonce { get; private set; }

    /// <summary>The answer is a mail that Development shows: a document with inline styles, in a sandbox.</summary>
    public bool IsMail { get; set; }

    /// <summary>A policy that replaces that of every page: for an answer that others may frame and that allows itself
    /// almost nothing else.</summary>
    public string? Whole { get; set; }

    /// <summary>The origins that were allowed for a directive, in order.</summary>
    public IEnumerable<string> OriginsFor(string directive) =>
        _origins.TryGetValue(directive, out var origins) ? origins : [];

    internal string RequireNonce() => Nonce ??= Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    internal void Allow(string directive, string uri)
    {
        if (SourceOf(uri) is { } source)
            AllowSource(directive, source);
    }

    /// <summary>The source for an address: its origin, without characters that could end a directive (CSP3 section
    /// 2.3.1). An app's own scheme (com.example.app:/done) has no origin, so a policy can name only the scheme. Null if
    /// it is not an address.</summary>
    internal static string? SourceOf(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var address))
            return null;
        return address.Scheme is "http" or "https" ? WebOrigin.Of(address) : address.Scheme + ":";
    }

    /// <summary>A source exactly as it goes into the header: only for validated values, such as the operator's
    /// settings, which may name all hosts below a domain.</summary>
    internal void AllowSource(string directive, string source)
    {
        if (!_origins.TryGetValue(directive, out var origins))
            _origins.Add(directive, origins = new(StringComparer.Ordinal));
        origins.Add(source);
    }
}

/// <summary>Gives pages and endpoints access to the policy of the current request.</summary>
internal static class ContentPolicies
{
    /// <summary>The policy of this answer.</summary>
    public static ContentPolicy GetContentPolicy(this HttpContext http)
    {
        if (http.Features.Get<ContentPolicy>() is not { } policy)
            http.Features.Set(policy = new ContentPolicy());
        return policy;
    }

    /// <summary>The nonce for <c>script</c> and <c>style</c> elements of this answer; the same for every call of a
    /// request.</summary>
    public static string GetCspNonce(this HttpContext http) => http.GetContentPolicy().RequireNonce();

    /// <summary>Lets a form of this page end in a redirect to a validated redirect_uri: Chrome applies form-action to
    /// the whole chain.</summary>
    public static void AllowFormAction(this HttpContext http, string redirectUri) =>
        http.GetContentPolicy().Allow("form-action", redirectUri);

    /// <summary>Lets this page show an external picture: a client's logo.</summary>
    public static void AllowImage(this HttpContext http, string uri) => http.GetContentPolicy().Allow("img-src", uri);

    /// <summary>Lets this page load the provider's scripts, style sheets and pictures from the operator's asset
    /// host.</summary>
    public static void AllowAsset(this HttpContext http, string uri)
    {
        foreach (var directive in (string[])["script-src", "style-src", "img-src"])
            http.GetContentPolicy().Allow(directive, uri);
    }

    /// <summary>Lets this page embed an external frame: a client's front-channel logout.</summary>
    public static void AllowFrame(this HttpContext http, string uri) => http.GetContentPolicy().Allow("frame-src", uri);

    /// <summary>Lets this origin embed this answer: the session iframe, and nothing else.</summary>
    public static void AllowFrameAncestor(this HttpContext http, string uri) =>
        http.GetContentPolicy().Allow("frame-ancestors", uri);

    /// <summary>Lets this page load the challenge of a third party: its script, frames and connections. The origins
    /// come from the operator's settings, which are checked at the start.</summary>
    public static void AllowChallenge(this HttpContext http, IEnumerable<string> origins)
    {
        var policy = http.GetContentPolicy();
        foreach (var origin in origins)
        {
            foreach (var directive in (string[])["script-src", "style-src", "connect-src", "frame-src", "img-src"])
                policy.AllowSource(directive, origin);
        }
    }
}
