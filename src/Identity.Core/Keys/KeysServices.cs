using Identity.Core.Audit;
using Identity.Core.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Keys;

public static class KeysServices
{
    /// <summary>Adds the room Keys. Its settings are <c>Identity:Keys</c>; a missing or broken master key stops the
    /// start.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KeysOptions>().Bind(configuration.GetSection(KeysOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<KeysOptions>, KeysOptionsValidator>();
        services.AddSingleton(provider =>
            MasterKey.Load(
                provider.GetRequiredService<IOptions<KeysOptions>>().Value,
                provider.GetRequiredService<IHostEnvironment>()
            )
        );
        services.AddSingleton(provider => new SigningKeyStore(
            provider.GetRequiredService<MasterKey>(),
            provider.GetRequiredService<IOptions<KeysOptions>>()
        ));
        services.AddSingleton(provider => new SigningKeyRing(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<SigningKeyStore>(),
            provider.GetRequiredService<IOptions<KeysOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SigningKeyRing>>()
        ));
        services.AddSingleton<IChangeSubscriber>(provider => provider.GetRequiredService<SigningKeyRing>());
        services.AddSingleton(provider => new SigningKeyRotation(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<SigningKeyStore>(),
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<IOptions<KeysOptions>>(),
            provider.GetRequiredService<ILogger<SigningKeyRotation>>()
        ));
        services.AddSingleton<SigningKeyAdministration>();
        services.AddSingleton<IAuditSealKeys, AuditSealKeys>();
        services.AddSingleton<SigningKeyExpiryMonitor>();
        services.AddSingleton<DataProtectionKeyStore>();
        services.AddHostedService<SigningKeyLoader>();
        services.AddHostedService<SigningKeyService>();
        return services;
    }
}
