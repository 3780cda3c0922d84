using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Monitoring;

public static class MonitoringServices
{
    /// <summary>Adds the room Monitoring. Its settings are <c>Identity:Monitoring</c>.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<MonitoringOptions>()
            .Bind(configuration.GetSection(MonitoringOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<MonitoringOptions>, MonitoringOptionsValidator>();
        services.AddSingleton<FigureStore>();
        services.AddSingleton<FigureInstruments>();
        services.AddSingleton<InstanceRegistry>();
        services.AddSingleton<ServiceOverview>();
        services.AddHostedService<MonitoringScheduler>();
        return services;
    }
}
