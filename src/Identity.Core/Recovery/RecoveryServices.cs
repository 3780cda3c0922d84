using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Recovery;

public static class RecoveryServices
{
    /// <summary>Adds the room Recovery; its settings are <c>Identity:Recovery</c>. Needs Users, Passwords, Sessions and
    /// Mail.</summary>
    public static IServiceCollection AddRecovery(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<RecoveryOptions>()
            .Bind(configuration.GetSection(RecoveryOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<MailRequests>();
        services.AddSingleton<FirstProof>();
        services.AddSingleton<EmailVerifier>();
        services.AddSingleton<PasswordRecovery>();
        services.AddSingleton<OldAddressNotice>();
        services.AddSingleton<EmailChanger>();
        services.AddSingleton<EmailChangeReverter>();
        services.AddSingleton<MagicLinkStore>();
        services.AddSingleton<AccountSecurer>();
        services.AddSingleton<MailCodeStore>();
        services.AddPersonalData(RecoveryPersonalData.Statements);
        return services;
    }
}
