using Identity.Core.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

public static class MaintenanceServices
{
    /// <summary>Adds the room Maintenance. Its settings are <c>Identity:Maintenance</c>.</summary>
    public static IServiceCollection AddMaintenance(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<MaintenanceOptions>()
            .Bind(configuration.GetSection(MaintenanceOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<MaintenanceOptions>, MaintenanceOptionsValidator>();
        services.AddSingleton<AuditPartitions>();
        services.AddSingleton<MaintenanceJobs>();
        services.AddSingleton<MaintenanceFailures>();
        services.AddSingleton<IServiceWarning>(static provider => provider.GetRequiredService<MaintenanceFailures>());
        services.AddSingleton<RestoredBackup>();
        services.AddHostedService<MaintenanceScheduler>();
        return services;
    }
}
