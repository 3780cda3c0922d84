using Duende.IdentityServer.Models;
using Duende.IdentityServer.Stores;
using Identity.Core.Clients;
using ApiScope = Duende.IdentityServer.Models.ApiScope;
using CoreScope = Identity.Core.Clients.ApiScope;

namespace Identity.DuendeHost.Resources;

// Resources owns the scopes and audiences as Duende asks for them. Which client may have them is ClientRegistry's and
// ResourceRules' to say.

/// <summary>The scopes of the catalog: those of OpenID Connect as identity resources, those of APIs as scopes. No
/// SQL.</summary>
internal sealed class CatalogResources(ClientRegistry registry) : IResourceStore
{
    public Task<IEnumerable<IdentityResource>> FindIdentityResourcesByScopeNameAsync(IEnumerable<string> scopeNames) =>
        Task.FromResult(Find(scopeNames).Where(IsIdentity).Select(IdentityOf));

    public Task<IEnumerable<ApiScope>> FindApiScopesByNameAsync(IEnumerable<string> scopeNames) =>
        Task.FromResult(Find(scopeNames).Where(static scope => !scope.IsStandard).Select(ApiOf));

    // Audiences are decided by ResourceRules, so Duende is told of none.
    public Task<IEnumerable<ApiResource>> FindApiResourcesByScopeNameAsync(IEnumerable<string> scopeNames) =>
        Task.FromResult<IEnumerable<ApiResource>>([]);

    public Task<IEnumerable<ApiResource>> FindApiResourcesByNameAsync(IEnumerable<string> apiResourceNames) =>
        Task.FromResult<IEnumerable<ApiResource>>([]);

    public Task<Duende.IdentityServer.Models.Resources> GetAllResourcesAsync() =>
        Task.FromResult(ResourcesOf(registry.Catalog.Scopes.Values));

    /// <summary>These scopes as Duende reads them.</summary>
    public static Duende.IdentityServer.Models.Resources ResourcesOf(IEnumerable<CoreScope> scopes)
    {
        CoreScope[] all = [.. scopes];
        return new(
            all.Where(IsIdentity).Select(IdentityOf),
            [],
            all.Where(static scope => !scope.IsStandard).Select(ApiOf)
        )
        {
            OfflineAccess = all.Any(static scope => scope.Name == "offline_access"),
        };
    }

    private IEnumerable<CoreScope> Find(IEnumerable<string> names) =>
        names.Select(name => registry.Catalog.Scopes.GetValueOrDefault(name)).OfType<CoreScope>();

    private static bool IsIdentity(CoreScope scope) => scope.IsStandard && scope.Name != "offline_access";

    // Claims come from the rooms; Duende requires at least one name.
    private static IdentityResource IdentityOf(CoreScope scope) => new(scope.Name, ["sub"]);

    private static ApiScope ApiOf(CoreScope scope) => new(scope.Name);
}
