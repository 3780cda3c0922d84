using Identity.Core.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

public static class BotDefenceServices
{
    /// <summary>The maximum number of bytes that are read from a verdict.</summary>
    private const int MaxVerdictAge = 64 * 1024;

    /// <summary>Adds the room BotDefence; its settings are <c>Identity:BotDefence</c>. Needs Keys, Throttling and an
    /// <see cref="IChallengeReplayGuard"/>.</summary>
    public static IServiceCollection AddBotDefence(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<BotDefenceOptions>()
            .Bind(configuration.GetSection(BotDefenceOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<BotDefenceOptions>, BotDefenceOptionsValidator>();
        switch (configuration[BotDefenceOptions.Section + ":Kind"])
        {
            case "none":
                break;
            case "http":
                services.AddSingleton<IBotChallenge>(static provider => new HttpChallenge(
                    Client(),
                    provider.GetRequiredService<IOptions<BotDefenceOptions>>(),
                    provider.GetRequiredService<IChallengeReplayGuard>(),
                    provider.GetRequiredService<TimeProvider>()
                ));
                break;
            default:
                services.AddSingleton<IBotChallenge, ProofOfWorkChallenge>();
                break;
        }
        services.AddSingleton<ChallengeOutage>();
        services.AddSingleton<IServiceWarning>(static provider => provider.GetRequiredService<ChallengeOutage>());
        services.AddSingleton<BotGate>();
        return services;
    }

    // One client for the life of the program; connections are renewed every few minutes to follow DNS. Redirects are
    // not followed, because a verdict comes only from the address that was asked.
    private static HttpClient Client() =>
        new(
            new SocketsHttpHandler
            {
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                AllowAutoRedirect = false,
                UseCookies = false,
            }
        )
        {
            MaxResponseContentBufferSize = MaxVerdictAge,
            Timeout = Timeout.InfiniteTimeSpan,
        };
}
