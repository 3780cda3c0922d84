using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.TwoFactor;

public static class TwoFactorServices
{
    /// <summary>Adds the room TwoFactor. It has no settings. Needs Keys, Sessions, Users (for the limiter) and
    /// Mail.</summary>
    public static IServiceCollection AddTwoFactor(this IServiceCollection services)
    {
        services.AddSingleton<SecondFactorAttempts>();
        services.AddSingleton<RecoveryCodeSet>();
        services.AddSingleton<TotpAuthenticator>();
        services.AddSingleton<TotpSecretRewrapper>();
        services.AddSingleton<TrustedDeviceStore>();
        services.AddSingleton<LoginChallengeStore>();
        services.AddSingleton<MailedCodes>();
        services.AddPersonalData(TwoFactorPersonalData.Statements);
        return services;
    }
}
