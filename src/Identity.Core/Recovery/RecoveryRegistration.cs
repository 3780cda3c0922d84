using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Recovery;

public static class RecoveryRegistration
{
    /// <summary>Adds the room Recovery; its settings are <c>Identity:Registration</c> and <c>Identity:Recovery</c>.
    /// Needs Users, Passwords, Sessions and Mail.</summary>
    public static IServiceCollection AddRecovery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RegistrationOptions>().Bind(configuration.GetSection(RegistrationOptions.Section));
        services.AddOptions<RecoveryOptions>().Bind(configuration.GetSection(RecoveryOptions.Section));
        services.AddSingleton<MailRequests>();
        services.AddSingleton<FirstProof>();
        services.AddSingleton<EmailVerifier>();
        services.AddSingleton<PasswordRecovery>();
        services.AddSingleton<Registrar>();
        services.AddSingleton<EmailChanger>();
        services.AddSingleton<MagicLinkStore>();
        return services;
    }
}
