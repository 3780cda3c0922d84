using Identity.Core.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Identity.Core.Clients;

public static class ClientsServices
{
    /// <summary>Adds the room Clients. Needs Data, Audit and Administration. Clients are loaded before the host takes
    /// requests; faulty configuration stops the start.</summary>
    public static IServiceCollection AddClients(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ClientRegistry>(provider, configuration));
        services
            .AddSingleton<ClientStore>()
            .AddSingleton<ClientAdministration>()
            .AddSingleton<ScopeAdministration>()
            .AddSingleton<ClientHoldingsReader>();
        services.AddSingleton<IChangeSubscriber>(provider => new ClientSubscriber(
            provider.GetRequiredService<ClientRegistry>()
        ));
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ClientLoader>(provider, configuration));
        return services;
    }
}

/// <summary>Follows changes made in the database.</summary>
internal sealed class ClientSubscriber(ClientRegistry registry) : IChangeSubscriber
{
    public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "clients", "scopes" };

    public Task ReloadAsync(CancellationToken cancellationToken) =>
        registry.LoadAsync(strict: false, cancellationToken);
}

/// <summary>Loads the clients at start, and again when the configuration file changes.</summary>
internal sealed class ClientLoader(ClientRegistry registry, IConfiguration configuration, ILogger<ClientLoader> logger)
    : IHostedService,
        IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _watch;
    private int _over;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await registry.LoadAsync(strict: true, cancellationToken);
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, () => _ = ReloadAsync());
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    // The host may stop this service after disposing it, if it is stopped twice.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return;
        _watch?.Dispose();
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task ReloadAsync()
    {
        try
        {
            await registry.LoadAsync(strict: false, _stopping.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.LoadFailed(logger, exception);
        }
        catch (OperationCanceledException)
        {
            // The host is stopping, so the reload is no longer needed.
        }
    }
}
