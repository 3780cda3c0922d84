using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Administration;

public static class AdministrationServices
{
    /// <summary>Adds the room Administration with its settings, <c>Identity:Admin</c>. Needs Data and Audit.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AdminOptions>().Bind(configuration.GetSection(AdminOptions.Section));
        return services.AddSingleton<OperatorReader>().AddSingleton<AdminAuditLog>().AddSingleton<AuditSearch>();
    }
}
