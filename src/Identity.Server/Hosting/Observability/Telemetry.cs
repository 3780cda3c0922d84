using Identity.Core.Keys;
using Identity.Core.Primitives;
using Npgsql;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Identity.Server.Hosting.Observability;

/// <summary>
/// Metrics, traces and logs over OTLP, if a collector is set, and metrics for Prometheus on an address of their own.
/// The rooms' meter is named <c>Identity</c>. Query strings are redacted by the instrumentation, and SQL travels
/// without its values. Logs are the lines of the operational log, after its levels and filters.
/// </summary>
internal static class Telemetry
{
    private const string CollectorKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // From a millisecond to half a minute: a request ends by its timeout.
    private static readonly double[] Seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>What is wrong with the section.</summary>
    public static IEnumerable<string> Check(IConfiguration configuration)
    {
        var options = TelemetryOptions.Read(configuration);
        return options.Check(options.Endpoint is not null || HasCollector(configuration));
    }

    public static void AddIdentityTelemetry(this WebApplicationBuilder builder)
    {
        var options = TelemetryOptions.Read(builder.Configuration);
        // The exporters read the standard key, which adds the path of each signal where the protocol is HTTP.
        if (options.Endpoint is not null)
            builder.Configuration[CollectorKey] = options.Endpoint;
        var pushes = HasCollector(builder.Configuration);
        if (!pushes && options.PrometheusAddress is null)
            return;
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(static resource => Describe(resource))
            .WithMetrics(metrics => AddMetrics(metrics, pushes, options.PrometheusAddress is not null));
        if (pushes)
            telemetry
                .WithTracing(AddTraces)
                .WithLogging(static logs => logs.AddOtlpExporter(), static logs => logs.IncludeFormattedMessage = true);
        if (pushes && options.AuditEvents)
        {
            builder.Services.AddSingleton<AuditCollector>();
            builder.Services.AddHostedService<AuditExporter>();
        }
        if (options.PrometheusAddress is { } address)
            builder.Services.AddHostedService(services =>
                ActivatorUtilities.CreateInstance<PrometheusEndpoint>(services, address)
            );
    }

    /// <summary>Says which program this is.</summary>
    internal static ResourceBuilder Describe(ResourceBuilder resource) =>
        resource.AddService("identity", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3));

    private static bool HasCollector(IConfiguration configuration) =>
        !string.IsNullOrWhiteSpace(configuration[CollectorKey]);

    private static void AddMetrics(MeterProviderBuilder metrics, bool pushes, bool scraped)
    {
        // System.Runtime is .NET's own: garbage collection, thread pool, exceptions.
        metrics
            .AddMeter(IdentityMeter.Name, "Npgsql", "System.Runtime")
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            // Nobody else may have asked for it yet.
            .AddInstrumentation(static services => services.GetRequiredService<SigningKeyExpiryMonitor>())
            .AddView("identity.password.wait", new ExplicitBucketHistogramConfiguration { Boundaries = Seconds });
        if (pushes)
            metrics.AddOtlpExporter();
        if (scraped)
            metrics.AddPrometheusExporter();
    }

    private static void AddTraces(TracerProviderBuilder traces) =>
        traces
            .AddNpgsql()
            .AddHttpClientInstrumentation()
            .AddAspNetCoreInstrumentation(static asp =>
                asp.Filter = static http => !http.Request.Path.StartsWithSegments("/health")
            )
            .AddOtlpExporter();
}
