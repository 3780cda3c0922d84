using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary> The browser that begins pushed requests, identified by a secret in a cookie. The name under which a
/// request continues is a keyed digest of its <c>request_uri</c>, so that a reloaded page in this browser finds its
/// request, and no other browser does. The cookie alone grants nothing.
/// </summary>
internal sealed class RequestBrowser
{
    /// <summary>The cookie's name.</summary>
    public const string CookieName = "__Host-requests";

    // It lives as long as the most recently begun request.
    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        MaxAge = PushedRequests.InteractionLifetime,
    };

    private readonly OpaqueToken _secret;

    private RequestBrowser(OpaqueToken secret) => _secret = secret;

    /// <summary>A browser that has not begun a request yet.</summary>
    public static RequestBrowser Create() => new(OpaqueToken.Create());

    /// <summary>The browser of this request; a new one if it has no valid cookie.</summary>
    public static RequestBrowser Of(HttpRequest request) =>
        OpaqueToken.TryParse(request.Cookies[CookieName], out var secret) ? new(secret) : Create();

    /// <summary>Sets the cookie, so that the browser finds its request again.</summary>
    public void Remember(HttpResponse response) => response.Cookies.Append(CookieName, _secret.Value, Cookie);

    /// <summary>The name of the request that this browser begins or has begun with a <c>request_uri</c>.</summary>
    public OpaqueToken NameOf(string requestUri) =>
        OpaqueToken.TryParse(
            Base64Url.EncodeToString(
                HMACSHA256.HashData(Encoding.ASCII.GetBytes(_secret.Value), Encoding.UTF8.GetBytes(requestUri))
            ),
            out var name
        )
            ? name
            : throw new InvalidOperationException("A digest of 256 bits is a token.");
}
