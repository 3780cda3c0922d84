using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Grants.DeviceAuthorization;

public static class DeviceAuthorizationServices
{
    /// <summary>Adds the device grant's store. Needs Data, Keys, Throttling and Audit.</summary>
    public static IServiceCollection AddDeviceAuthorization(this IServiceCollection services) =>
        services.AddSingleton<DeviceAuthorizationStore>();
}
