using Identity.Core.Logout;
using Identity.Server.Protocol.ClientAuthentication;
using Identity.Server.Protocol.Dpop;
using Identity.Server.Protocol.Logout;
using Identity.Server.Protocol.Outbound;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol;

internal static class ProtocolRulesRegistration
{
    /// <summary>Adds the rules that do not know the engine: what its handlers call, and what runs beside it. Needs an <see cref="Jose.IJwtSigner"/> and the <see cref="Issuer"/>.</summary>
    public static IServiceCollection AddProtocolRules(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutboundOptions>().Bind(configuration.GetSection(OutboundOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>();
        services.AddSingleton<OutboundAddresses>();

        services.AddSingleton<JwksFetcher>(static provider => new(provider.GetRequiredService<OutboundAddresses>()));
        services.AddSingleton<DpopNonces>();
        services.AddSingleton<DpopProofReader>();

        services.AddSingleton<ILogoutTokenFactory, LogoutTokenFactory>();
        services.AddSingleton<ILogoutSender>(static provider => new BackchannelLogoutSender(provider.GetRequiredService<OutboundAddresses>()));
        services.AddSingleton<FrontchannelLogout>();
        services.AddLogout(configuration);
        return services;
    }
}
