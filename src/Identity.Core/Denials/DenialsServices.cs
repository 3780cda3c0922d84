using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Denials;

public static class DenialsServices
{
    /// <summary>Adds the room Denials. Needs Data and Administration.</summary>
    public static IServiceCollection AddDenials(this IServiceCollection services)
    {
        services.AddSingleton<DenialStore>().AddSingleton<DenialAdministration>();
        services.AddSingleton<DenialRecorder>();
        services.AddHostedService(static provider => provider.GetRequiredService<DenialRecorder>());
        return services;
    }
}
