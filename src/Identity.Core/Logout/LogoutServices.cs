using Identity.Core.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Logout;

public static class LogoutServices
{
    /// <summary>Adds the room Logout; its settings are <c>Identity:Logout</c>. Needs Data, Clients, and Protocol's
    /// <see cref="ILogoutTokenFactory"/> and <see cref="ILogoutSender"/>.</summary>
    public static IServiceCollection AddLogout(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LogoutOptions>().Bind(configuration.GetSection(LogoutOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LogoutOptions>, LogoutOptionsValidator>();
        services.AddSingleton<LogoutDeliveryStore>();
        services.AddSingleton<LogoutLedger>().AddSingleton<LogoutDeliveryAdministration>();
        services.AddSingleton<LogoutListener>();
        services.AddSingleton<IChannelSubscriber>(static provider => provider.GetRequiredService<LogoutListener>());
        services.AddHostedService<LogoutDeliverer>();
        return services;
    }
}
