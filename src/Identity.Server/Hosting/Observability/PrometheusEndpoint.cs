using OpenTelemetry.Metrics;

namespace Identity.Server.Hosting.Observability;

/// <summary>Shows the metrics to Prometheus, at <c>/metrics</c> of an address of its own: a second, small server that
/// knows nothing else. They never stand on the address that people and apps reach.</summary>
internal sealed class PrometheusEndpoint(
    string address,
    MeterProvider metrics,
    IHostEnvironment environment,
    ILogger<PrometheusEndpoint> logger
) : IHostedService, IAsyncDisposable
{
    private WebApplication? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = environment.ContentRootPath }
        );
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls(address);
        _server = builder.Build();
        _server.UseOpenTelemetryPrometheusScrapingEndpoint(
            metrics,
            predicate: null,
            path: "/metrics",
            configureBranchedPipeline: null,
            optionsName: null
        );
        await _server.StartAsync(cancellationToken);
        var addresses = string.Join(", ", _server.Urls);
        Log.PrometheusListens(logger, addresses);
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
