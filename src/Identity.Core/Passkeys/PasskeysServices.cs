using Identity.Core.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Core.Passkeys;

public static class PasskeysServices
{
    /// <summary>Adds the room Passkeys. It has no settings. Needs Data, Keys and Mail.</summary>
    public static IServiceCollection AddPasskeys(this IServiceCollection services)
    {
        services.AddSingleton<PasskeyStore>();
        services.AddSingleton<PasskeyCeremonyStore>();
        services.AddPersonalData(PasskeysPersonalData.Statements);
        return services;
    }
}
