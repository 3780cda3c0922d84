using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.PersonalTokens;

public static class PersonalTokensServices
{
    /// <summary>Adds the room PersonalTokens; its settings are <c>Identity:PersonalTokens</c>. Needs Data, Audit, Mail,
    /// Clients and Profile.</summary>
    public static IServiceCollection AddPersonalTokens(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<PersonalTokenOptions>()
            .Bind(configuration.GetSection(PersonalTokenOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PersonalTokenOptions>, PersonalTokenOptionsValidator>();
        services.AddSingleton<PersonalTokenScopes>();
        services.AddSingleton<PersonalTokenStore>();
        services.AddSingleton<PersonalTokenReader>();
        services.AddPersonalData(PersonalTokensPersonalData.Statements);
        return services;
    }
}
