using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Grants.BackchannelAuthentication;

public static class BackchannelAuthenticationServices
{
    /// <summary>Adds CIBA's store. Needs Data, Keys, Throttling and Audit.</summary>
    public static IServiceCollection AddBackchannelAuthentication(this IServiceCollection services) =>
        services.AddSingleton<BackchannelAuthenticationStore>();
}
