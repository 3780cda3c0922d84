using Identity.Server.Pages.External;

namespace Identity.Server.Hosting;

/// <summary> The start and the stop of the host. On SIGTERM, readiness turns to "stopping" at once, requests are
/// accepted for the configured delay, and then the running ones may end. Nothing acknowledged is lost, and a load
/// balancer has time to notice.
/// </summary>
internal sealed class Drain(
    HostingOptions options,
    ConnectionLimit connections,
    IHostEnvironment environment,
    TimeProvider time,
    ILogger<Drain> logger
) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Log.Started(
            logger,
            typeof(Drain).Assembly.GetName().Version!.ToString(3),
            options.Issuer!,
            environment.EnvironmentName
        );
        if (connections.Descriptors is < ConnectionLimit.FewDescriptors and var descriptors)
            Log.FewDescriptors(logger, descriptors, connections.Connections ?? 0);
        if (environment.IsDevelopment())
            Log.DevelopmentBanner(logger);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (options.ShutdownDelay == TimeSpan.Zero)
            return;
        Log.Draining(logger, options.ShutdownDelay);
        await Task.Delay(options.ShutdownDelay, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The delay is part of the host's shutdown timeout, so it is added to it.</summary>
    public static void AddDrain(IServiceCollection services, HostingOptions options)
    {
        services.AddSingleton(options);
        services.AddHostedService<Drain>();
        services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host =>
            host.ShutdownTimeout = options.ShutdownDelay + options.ShutdownTimeout
        );
    }
}
