using Identity.Server.Browser;

namespace Identity.Server.Hosting;

/// <summary> With an https issuer, nothing is served over http: a password or token sent over http can be read on the
/// way, and the browser's address bar does not show the issuer's address (RFC 9700 section 2.6, RFC 6749 section 3.1).
/// Pages redirect the browser to the issuer; everything else is refused. A TLS proxy counts if <c>Identity:Proxies</c>
/// names it. Health and error answers are exempt.
/// </summary>
internal sealed class IssuerScheme(RequestDelegate next, HostingOptions options)
{
    private const string ForwardedScheme = "X-Forwarded-Proto";
    private readonly Uri _issuer = new(options.Issuer!);

    public Task InvokeAsync(HttpContext http)
    {
        if (
            _issuer.Scheme != Uri.UriSchemeHttps
            || http.Request.IsHttps
            || http.Request.Path.StartsWithSegments("/health")
            || http.Features.Get<FailedRequest>() is not null
        )
            return next(http);
        // A redirect would come back through the same proxy in an endless loop.
        if (http.Request.Headers.ContainsKey(ForwardedScheme))
            return RefuseAsync(
                http,
                "The request came over http, through a proxy that is not named in Identity:Proxies:Addresses or "
                    + "Identity:Proxies:Networks."
            );
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            return RefuseAsync(http, "This provider is served over https only.");
        http.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        // Joined as text, because a relative reference that begins with two slashes would name another host.
        http.Response.Headers.Location =
            _issuer.GetLeftPart(UriPartial.Authority)
            + http.Request.Path.ToUriComponent()
            + http.Request.QueryString.ToUriComponent();
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext http, string description)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        return http.Response.WriteAsJsonAsync(
            new
            {
                error = "invalid_request",
                error_description = description,
                correlation_id = http.GetCorrelationId(),
            },
            http.RequestAborted
        );
    }
}
