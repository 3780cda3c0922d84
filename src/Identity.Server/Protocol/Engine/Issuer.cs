using System.Net;

namespace Identity.Server.Protocol.Engine;

/// <summary> The name of this provider (<c>iss</c>) and the root of its endpoints: <c>Identity:Issuer</c>, exactly as
/// configured, whatever host a request names.
/// </summary>
internal sealed class Issuer
{
    /// <summary>The setting.</summary>
    public const string Key = "Identity:Issuer";

    private const string DevelopmentDefault = "http://localhost:5000";

    private Issuer(string value)
    {
        Value = value;
        BaseUri = new Uri(value.EndsWith('/') ? value : value + "/");
    }

    /// <summary>The value in tokens, metadata and responses. Clients compare it character by character (OIDC Discovery
    /// 4.3, RFC 9207 2.4).</summary>
    public string Value { get; }

    /// <summary>The same, to resolve endpoints against.</summary>
    public Uri BaseUri { get; }

    /// <summary>True for http on a loopback host: a developer's machine. Nowhere else is http allowed.</summary>
    public bool IsInsecureLoopback => BaseUri.Scheme == Uri.UriSchemeHttp;

    /// <summary>The absolute URL of an endpoint.</summary>
    public string UrlOf(string path) => new Uri(BaseUri, path.TrimStart('/')).AbsoluteUri;

    /// <exception cref="InvalidOperationException">The setting is missing outside Development or is not a valid issuer
    /// (RFC 8414 section 2).</exception>
    public static Issuer Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var text =
            configuration[Key] is { Length: > 0 } configured ? configured
            : environment.IsDevelopment() ? DevelopmentDefault
            : null;
        if (text is null)
            throw new InvalidOperationException(
                $"{Key}: is missing; set it to the https address under which people and clients reach this provider."
            );
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.Query.Length > 0
            || uri.Fragment.Length > 0
            || uri.UserInfo.Length > 0
            || text.Contains('?')
            || text.Contains('#')
        )
            throw new InvalidOperationException(
                $"{Key}: '{text}' is not an absolute address without query and fragment."
            );
        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri.DnsSafeHost)))
            throw new InvalidOperationException($"{Key}: '{text}' must be https; http is for localhost only.");
        return new Issuer(text);
    }

    private static bool IsLoopback(string host) =>
        host == "localhost"
        || host.EndsWith(".localhost", StringComparison.Ordinal)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
