using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Core.Grants.DeviceAuthorization;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Grants.Polling;

public static class PollingRegistration
{
    /// <summary>Adds the device grant's and CIBA's stores. Needs Data, Keys, Throttling and Audit.</summary>
    public static IServiceCollection AddPolledGrants(this IServiceCollection services)
    {
        services.AddSingleton<DeviceAuthorizationStore>();
        services.AddSingleton<BackchannelAuthenticationStore>();
        return services;
    }
}
