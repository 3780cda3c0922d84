using Identity.Core.Administration;
using Identity.Server.Browser;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>What <c>WWW-Authenticate</c> of the API says: why a token is not enough, and where the API is described
/// (RFC 9728 section 5.1).</summary>
internal static class ApiChallenge
{
    /// <summary>The path of the description: the API's own path goes behind the well-known one (RFC 9728 section
    /// 3.1).</summary>
    public const string MetadataPath = "/.well-known/oauth-protected-resource" + AdminResource.Path;

    /// <summary>Writes challenges about a request without a token that stands, with the scope that it needs.</summary>
    public static void Write(HttpContext http, IEnumerable<string> challenges, string scope) =>
        http.Response.Headers.WWWAuthenticate = new StringValues([
            .. challenges.Select(challenge =>
                // The first parameter follows the scheme, and the others a comma.
                $"{challenge}{(challenge.Contains(' ', StringComparison.Ordinal) ? "," : "")} scope=\"{scope}\", "
                + $"resource_metadata=\"{MetadataUrlFor(http)}\""
            ),
        ]);

    /// <summary>Writes a challenge about a token that stands and is not enough.</summary>
    public static void Write(HttpContext http, string error, string text, string name, string value) =>
        http.Response.Headers.WWWAuthenticate = http
            .RequestServices.GetRequiredService<IBearerTokens>()
            .Challenge(http, error, text, (name, value), ("resource_metadata", MetadataUrlFor(http)));

    private static string MetadataUrlFor(HttpContext http) =>
        AdminResource.IssuerOf(http.RequestServices.GetRequiredService<IConfiguration>()) + MetadataPath;
}
