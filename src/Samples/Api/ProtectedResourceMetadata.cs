using Samples.Api.Dpop;

namespace Samples.Api;

/// <summary>How this API describes itself (RFC 9728): a refused client learns here which provider issues tokens, and
/// how to send one.</summary>
public static class ProtectedResourceMetadata
{
    /// <summary>The path of the document under the API's address (section 3).</summary>
    public const string Path = "/.well-known/oauth-protected-resource";

    /// <summary>Adds the endpoint, which anybody may read.</summary>
    public static void MapProtectedResourceMetadata(this WebApplication app, DpopResource resource, Uri authority)
    {
        Dictionary<string, object> metadata = Describe(resource, authority);
        app.MapGet(Path, () => metadata);
    }

    private static Dictionary<string, object> Describe(DpopResource resource, Uri authority) =>
        new()
        {
            ["resource"] = resource.Name,
            ["resource_name"] = "Sample API",
            ["authorization_servers"] = (string[])[authority.OriginalString],
            ["scopes_supported"] = (string[])["api"],
            ["bearer_methods_supported"] = (string[])["header"],
            ["dpop_signing_alg_values_supported"] = DpopProofValidator.Algorithms,
            ["dpop_bound_access_tokens_required"] = resource.BoundOnly,
        };
}
