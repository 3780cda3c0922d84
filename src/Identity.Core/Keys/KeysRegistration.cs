using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

public static class KeysRegistration
{
    /// <summary>Adds the room Keys. Its settings are <c>Identity:Keys</c>; a missing or broken master key stops the start.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KeysOptions>().Bind(configuration.GetSection(KeysOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<KeysOptions>, KeysOptionsValidator>();
        services.AddSingleton(provider =>
            MasterKey.Load(provider.GetRequiredService<IOptions<KeysOptions>>().Value, provider.GetRequiredService<IHostEnvironment>()));
        return services;
    }
}
