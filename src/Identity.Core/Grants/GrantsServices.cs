using Identity.Core.PersonalData;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

public static class GrantsServices
{
    /// <summary>Adds the room Grants; its settings are <c>Identity:Grants</c>. Needs Data, Keys, Audit and
    /// Sessions.</summary>
    public static IServiceCollection AddGrants(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GrantOptions>().Bind(configuration.GetSection(GrantOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GrantOptions>, GrantOptionsValidator>();
        services.AddSingleton<AuthorizationCodeStore>();
        services.AddSingleton<RefreshTokenStore>();
        services.AddSingleton<TokenFamilyStore>();
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<IPersistedGrantStore, PersistedGrantStore>();
        services.AddSingleton<TokenSubjectReader>();
        services.AddSingleton<AccessTokenStore>();
        services.AddSingleton<ReplayGuard>();
        services.AddSingleton<BegunRequestStore>();
        services.AddPersonalData(GrantsPersonalData.Statements);
        return services;
    }
}
