using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Passkeys;

public static class PasskeysServices
{
    /// <summary>Adds the room Passkeys. Its settings are <c>Identity:Passkeys</c>. Needs Data, Keys and
    /// Mail.</summary>
    public static IServiceCollection AddPasskeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PasskeyOptions>().Bind(configuration.GetSection(PasskeyOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PasskeyOptions>, PasskeyOptionsValidator>();
        services.AddSingleton<PasskeyStore>();
        services.AddSingleton<PasskeyOffers>();
        services.AddSingleton<PasskeyCeremonyStore>();
        services.AddPersonalData(PasskeysPersonalData.Statements);
        return services;
    }
}
