using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Grants;

public static class GrantsRegistration
{
    /// <summary>Adds the room Grants; its settings are <c>Identity:Grants</c>. Needs Data, Keys and Audit.</summary>
    public static IServiceCollection AddGrants(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ReplayGuard>();
        return services;
    }
}
