using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Denials;

public static class DenialsServices
{
    /// <summary>Adds the room Denials. Needs Data.</summary>
    public static IServiceCollection AddDenials(this IServiceCollection services)
    {
        services.AddSingleton<DenialStore>();
        services.AddSingleton<DenialRecorder>();
        services.AddHostedService(static provider => provider.GetRequiredService<DenialRecorder>());
        return services;
    }
}
