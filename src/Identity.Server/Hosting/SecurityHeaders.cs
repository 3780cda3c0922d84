using System.Text;
using Identity.Server.Browser;
using Microsoft.Net.Http.Headers;

namespace Identity.Server.Hosting;

/// <summary>The headers that every answer carries (WB-4, WB-5, SE-8). They are written when the answer starts, so that
/// an error page has them too.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Permissions =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), "
        + "payment=(), usb=()";

    // The policy of every answer that is no page and added nothing to it: made once.
    private static readonly string Nothing = Policy(page: false, new());

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(
            static state =>
            {
                Write((HttpContext)state);
                return Task.CompletedTask;
            },
            http
        );
        return next(http);
    }

    private static void Write(HttpContext http)
    {
        var headers = http.Response.Headers;
        var policy = http.Features.Get<ContentPolicy>();
        headers.ContentSecurityPolicy = policy?.Whole ?? Policy(http.Response.ContentType, policy);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Permissions;
        if (policy is null || (policy.Whole is null && !policy.OriginsFor("frame-ancestors").Any()))
            headers.XFrameOptions = "DENY";
        if (http.Request.IsHttps && http.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        if (!MayBeKept(http))
            headers.CacheControl = "no-store";
    }

    // Pages and answers contain personal data. Only public resources may be cached: static files, discovery, the key
    // set.
    private static bool MayBeKept(HttpContext http) =>
        http.Response.Headers.CacheControl.Count > 0
        && http.Response.StatusCode is StatusCodes.Status200OK or StatusCodes.Status304NotModified
        && (http.Request.Path.StartsWithSegments("/assets") || http.Request.Path.StartsWithSegments("/.well-known"));

    private static string Policy(string? contentType, ContentPolicy? policy)
    {
        var page = IsPage(contentType);
        if (policy is null && !page)
            return Nothing;
        return Policy(page, policy ?? new());
    }

    private static bool IsPage(string? contentType) =>
        contentType is not null
        && !contentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
        && MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase);

    // Answers that are no page allow nothing, in case a browser interprets them as one.
    private static string Policy(bool page, ContentPolicy policy)
    {
        StringBuilder text = new("default-src 'none'");
        if (policy.IsMail)
        {
            text.Append(
                "; style-src 'unsafe-inline'; form-action 'none'; sandbox allow-top-navigation-by-user-activation"
            );
        }
        else if (page)
        {
            var nonce = policy.Nonce is { } value ? $" 'nonce-{value}'" : "";
            Append(text, policy, "script-src", "'self'" + nonce);
            Append(text, policy, "style-src", "'self'" + nonce);
            Append(text, policy, "img-src", "'self' data:");
            text.Append("; font-src 'self'");
            Append(text, policy, "connect-src", "'self'");
            text.Append("; manifest-src 'self'");
            if (policy.OriginsFor("frame-src").Any())
                Append(text, policy, "frame-src", "");
            Append(text, policy, "form-action", "'self'");
        }
        else
        {
            text.Append("; form-action 'none'");
        }

        text.Append("; base-uri 'none'");
        Append(text, policy, "frame-ancestors", policy.OriginsFor("frame-ancestors").Any() ? "" : "'none'");
        return text.ToString();
    }

    private static void Append(StringBuilder text, ContentPolicy policy, string directive, string always)
    {
        text.Append("; ").Append(directive);
        if (always.Length > 0)
            text.Append(' ').Append(always);
        foreach (var origin in policy.OriginsFor(directive))
            text.Append(' ').Append(origin);
    }
}
