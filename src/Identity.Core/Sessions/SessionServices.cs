using Identity.Core.Data;
using Identity.Core.PersonalData;
using Identity.Core.Primitives;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.Sessions;

public static class SessionServices
{
    /// <summary>Adds the room Sessions; its settings are <c>Identity:Sessions</c> and <c>Identity:SessionCache</c>.
    /// Needs Data, Audit and Keys.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SessionOptions>().Bind(configuration.GetSection(SessionOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddSingleton(static provider =>
        {
            var database = provider.GetRequiredService<Database>();
            var options = provider.GetRequiredService<IOptions<SessionOptions>>();
            return provider.GetService<SessionCache>() is { } cache
                ? new SessionStore(database, options, cache)
                : new SessionStore(database, options);
        });
        services.AddSingleton<SessionStarter>();
        services.AddPersonalData(SessionsPersonalData.Statements);
        AddCache(services, configuration.GetSection(SessionCacheOptions.Section));
        return services;
    }

    // What cannot be read stops the start, once the options are bound.
    private static void AddCache(IServiceCollection services, IConfigurationSection section)
    {
        services.AddOptions<SessionCacheOptions>().Bind(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionCacheOptions>, SessionCacheOptionsValidator>();
        if (
            !TimeSpan.TryParse(
                section[nameof(SessionCacheOptions.Lifetime)],
                System.Globalization.CultureInfo.InvariantCulture,
                out var lifetime
            )
            || lifetime <= TimeSpan.Zero
        )
            return;

        services.AddHybridCache();
        services.AddSingleton<SessionCache>();
        services.AddSingleton<IChannelSubscriber>(static provider => provider.GetRequiredService<SessionCache>());
        if (string.IsNullOrEmpty(section[nameof(SessionCacheOptions.Redis)]))
            return;
        services.AddSingleton<SharedCache>();
        services.AddSingleton<IDistributedCache>(static provider => provider.GetRequiredService<SharedCache>());
        services.AddSingleton<IServiceWarning>(static provider => provider.GetRequiredService<SharedCache>());
    }
}
