using Identity.Core.Clients;

namespace Identity.Server.Protocol.Extensions.ResourceIndicators;

// ResourceIndicators owns the parameter resource (RFC 8707): which audiences a client may name, and the aud of access
// tokens.

/// <summary>The audiences of an access token, or the reason for <c>invalid_target</c> (RFC 8707 section 2).</summary>
internal abstract record ResourceResult
{
    internal sealed record Valid(IReadOnlyList<string> Audiences) : ResourceResult;

    internal sealed record Invalid(string Reason) : ResourceResult;
}

/// <summary>The rules for <c>resource</c>.</summary>
internal static class ResourceRules
{
    private const int Most = 8;

    /// <summary>At the authorization, pushed authorization and device endpoints, and for client credentials: which
    /// resources may be requested.</summary>
    /// <param name="scopes">The requested scopes. A resource must belong to one of them or be registered for the
    /// client.</param>
    public static ResourceResult Request(
        Client client,
        ClientCatalog catalog,
        IReadOnlyCollection<string> scopes,
        IReadOnlyList<string> resources
    )
    {
        if (Malformed(resources) is { } fault)
            return new ResourceResult.Invalid(fault);
        var ofScopes = catalog.ResourcesOf(scopes);
        if (resources.Count == 0)
            return new ResourceResult.Valid(ofScopes);
        return ResourceName.FindAll([.. ofScopes, .. client.Protocols.AllowedResources], resources) is { } named
            ? new ResourceResult.Valid(named)
            : new ResourceResult.Invalid("A resource is neither opened by the scopes nor registered for the client.");
    }

    /// <summary>At the token endpoint: a subset of the granted ones (section 2.2). Without the parameter, all of
    /// them.</summary>
    /// <param name="granted">The audiences of the grant.</param>
    public static ResourceResult Narrow(IReadOnlyList<string> granted, IReadOnlyList<string> resources)
    {
        if (Malformed(resources) is { } fault)
            return new ResourceResult.Invalid(fault);
        if (resources.Count == 0)
            return new ResourceResult.Valid(granted);
        return ResourceName.FindAll(granted, resources) is { } named
            ? new ResourceResult.Valid(named)
            : new ResourceResult.Invalid("A resource was not part of the grant.");
    }

    // An absolute URI without fragment. On Unix, a path such as /api would parse as a file URI, so the scheme is
    // searched in the text.
    private static string? Malformed(IReadOnlyList<string> resources) =>
        resources.Count > Most ? "More resources are named than any request needs."
        : resources.All(static text =>
            text.Length <= 2000
            && !text.Contains('#', StringComparison.Ordinal)
            && Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && text.StartsWith(uri.Scheme + ":", StringComparison.OrdinalIgnoreCase)
        )
            ? null
        : "A resource is not an absolute URI without fragment.";
}
