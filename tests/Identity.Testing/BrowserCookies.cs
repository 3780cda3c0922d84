using System.Net;

namespace Identity.Testing;

/// <summary>
/// Keeps cookies as a browser does on http://localhost: loopback counts as a secure origin, so Secure and
/// <c>__Host-</c> cookies are kept and sent there over plain HTTP, which <see cref="HttpClientHandler"/> alone refuses
/// to do.
/// </summary>
public sealed class BrowserCookies(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    // Browsers keep 180 cookies of a host or more; the container keeps 20.
    private readonly CookieContainer _jar = new() { PerDomainCapacity = 180 };

    /// <summary>The cookies that a request to this address would carry.</summary>
    public CookieCollection CookiesFor(Uri address) => _jar.GetCookies(Secure(address));

    /// <summary>Keeps a cookie as if this address had set it.</summary>
    public void Keep(Uri address, string cookie) => _jar.SetCookies(Secure(address), cookie);

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var address = Secure(request.RequestUri!);
        if (_jar.GetCookieHeader(address) is { Length: > 0 } cookies)
            request.Headers.Add("Cookie", cookies);
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
        {
            foreach (var cookie in set)
                _jar.SetCookies(address, cookie);
        }

        return response;
    }

    private static Uri Secure(Uri address) => new UriBuilder(address) { Scheme = Uri.UriSchemeHttps }.Uri;
}
