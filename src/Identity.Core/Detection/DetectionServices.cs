using Identity.Core.Keys;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Detection;

public static class DetectionServices
{
    /// <summary>Adds the room Detection. Its settings are <c>Identity:Detection</c>.</summary>
    public static IServiceCollection AddDetection(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<DetectionOptions>()
            .Bind(configuration.GetSection(DetectionOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<DetectionOptions>, DetectionOptionsValidator>();
        services.AddSingleton<IPostConfigureOptions<DetectionOptions>, EndingKeysThreshold>();
        services.AddSingleton<AlertNotices>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertAdministration>();
        services.AddSingleton<Detector>();
        services.AddSingleton<DetectionHistory>();
        services.AddHostedService<DetectionScheduler>();
        return services;
    }
}
