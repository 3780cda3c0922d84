using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using CoreScope = Identity.Core.Clients.ApiScope;

namespace Identity.DuendeHost.Resources;

/// <summary>A client gets only the scopes that it registered (OA-13), and only resources that they open or that are
/// registered for it (RFC 8707 section 2). No SQL.</summary>
internal sealed class RegisteredScopes(ClientRegistry registry) : IResourceValidator
{
    public Task<ResourceValidationResult> ValidateRequestedResourcesAsync(ResourceValidationRequest request)
    {
        var client = registry.Find(request.Client.ClientId);
        string[] names = [.. request.Scopes.Distinct(StringComparer.Ordinal)];
        List<CoreScope> scopes = [];
        ResourceValidationResult result = new();
        foreach (var name in names)
        {
            if (client?.Scopes.Contains(name) == true && registry.Catalog.Scopes.TryGetValue(name, out var scope))
                scopes.Add(scope);
            else
                result.InvalidScopes.Add(name);
        }
        string[] resources = [.. request.ResourceIndicators ?? []];
        if (
            client is not null
            && ResourceRules.Request(client, registry.Catalog, names, resources) is ResourceResult.Invalid
        )
            result.InvalidResourceIndicators = resources;
        result.Resources = CatalogResources.ResourcesOf(scopes);
        result.ParsedScopes = [.. scopes.Select(static scope => new ParsedScopeValue(scope.Name))];
        return Task.FromResult(result);
    }
}
