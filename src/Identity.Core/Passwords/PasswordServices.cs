using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Passwords;

public static class PasswordServices
{
    /// <summary>Adds the room Passwords; its settings are <c>Identity:Passwords</c>. The start fails if Unicode
    /// normalisation does not work. Needs Data.</summary>
    public static IServiceCollection AddPasswords(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<PasswordOptions>()
            .Bind(configuration.GetSection(PasswordOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PasswordOptions>, PasswordOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<HashQueue>();
        services.AddHostedService<HashCostMonitor>();
        services.AddSingleton<PasswordPolicy>();
        return services;
    }
}
