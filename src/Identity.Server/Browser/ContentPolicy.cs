using System.Security.Cryptography;
using Identity.Core.Primitives;

namespace Identity.Server.Browser;

/// <summary>
/// What the answer at hand adds to the Content-Security-Policy of every page (WB-4): a nonce for its own inline script
/// and style, and origins that were validated for this request, such as the client's behind a form that is redirected
/// there. Hosting writes the header when the answer starts.
/// </summary>
internal sealed class ContentPolicy
{
    private readonly SortedDictionary<string, SortedSet<string>> _origins = new(StringComparer.Ordinal);

    /// <summary>The nonce, once somebody asked for it. 128 random bits.</summary>
    public string? Nonce { get; private set; }

    /// <summary>The answer is a mail, shown in Development: a document that is not ours, with styles in its elements,
    /// and a sandbox around it.</summary>
    public bool IsMail { get; set; }

    /// <summary>A policy that stands in place of that of every page: of an answer that is meant to be framed by others
    /// and allows itself almost nothing else.</summary>
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

    /// <summary>The source for an address: its origin, which holds nothing that could end a directive (CSP3 section
    /// 2.3.1). An app's own scheme (com.example.app:/done) has no origin: the scheme is all that a policy can
    /// name. Null for what is no address.</summary>
    internal static string? SourceOf(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var address))
            return null;
        return address.Scheme is "http" or "https" ? WebOrigin.Of(address) : address.Scheme + ":";
    }

    /// <summary>A source as it goes into the header: only for what was checked before, such as the operator's
    /// settings, which may name all hosts below a domain.</summary>
    internal void AllowSource(string directive, string source)
    {
        if (!_origins.TryGetValue(directive, out var origins))
            _origins.Add(directive, origins = new(StringComparer.Ordinal));
        origins.Add(source);
    }
}

/// <summary>How pages and endpoints reach the policy of the request at hand.</summary>
internal static class ContentPolicies
{
    /// <summary>The policy of this answer.</summary>
    public static ContentPolicy GetContentPolicy(this HttpContext http)
    {
        if (http.Features.Get<ContentPolicy>() is not { } policy)
            http.Features.Set(policy = new ContentPolicy());
        return policy;
    }

    /// <summary>The nonce for <c>script</c> and <c>style</c> elements of this answer; the same at every call of a
    /// request.</summary>
    public static string GetCspNonce(this HttpContext http) => http.GetContentPolicy().RequireNonce();

    /// <summary>Lets a form of this page end in a redirect to a validated redirect_uri: Chrome applies form-action to
    /// the whole chain.</summary>
    public static void AllowFormAction(this HttpContext http, string redirectUri) =>
        http.GetContentPolicy().Allow("form-action", redirectUri);

    /// <summary>Lets this page show a picture from elsewhere: a client's logo.</summary>
    public static void AllowImage(this HttpContext http, string uri) => http.GetContentPolicy().Allow("img-src", uri);

    /// <summary>Lets this page load a script, a style sheet or a picture of ours from where the operator has them
    /// served.</summary>
    public static void AllowAsset(this HttpContext http, string uri)
    {
        foreach (var directive in (string[])["script-src", "style-src", "img-src"])
            http.GetContentPolicy().Allow(directive, uri);
    }

    /// <summary>Lets this page embed a frame from elsewhere: a client's front-channel logout.</summary>
    public static void AllowFrame(this HttpContext http, string uri) => http.GetContentPolicy().Allow("frame-src", uri);

    /// <summary>Lets this origin embed this answer: the session iframe, and nothing else.</summary>
    public static void AllowFrameAncestor(this HttpContext http, string uri) =>
        http.GetContentPolicy().Allow("frame-ancestors", uri);

    /// <summary>Lets this page load the challenge of a third party: its script, and what that shows and asks. The
    /// origins are the operator's, checked at the start.</summary>
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
