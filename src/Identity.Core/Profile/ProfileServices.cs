using Identity.Core.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Identity.Core.Profile;

public static class ProfileServices
{
    /// <summary>Adds the room Profile. An <see cref="IProfileService"/> that the host added before is kept.</summary>
    public static IServiceCollection AddProfile(this IServiceCollection services)
    {
        services.TryAddSingleton<IProfileService, ProfileService>();
        services.AddSingleton<ClaimMappings>().AddSingleton<ClaimMappingStore>();
        services.AddSingleton<IChangeSubscriber>(static provider => provider.GetRequiredService<ClaimMappings>());
        services.AddHostedService(static provider => provider.GetRequiredService<ClaimMappings>());
        services.AddSingleton<SubjectIdentifiers>();
        services.AddHostedService(static provider => provider.GetRequiredService<SubjectIdentifiers>());
        return services;
    }
}
