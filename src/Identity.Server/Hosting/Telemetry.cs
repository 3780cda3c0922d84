using Identity.Core.Primitives;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Identity.Server.Hosting;

/// <summary> OpenTelemetry over OTLP, if an endpoint is set: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> or
/// <c>Identity:Telemetry:Endpoint</c>. The rooms' meter is named <c>Identity</c>. Query strings are redacted by the
/// instrumentation, and SQL is sent without its values.
/// </summary>
internal static class Telemetry
{
    /// <summary>The endpoint for telemetry.</summary>
    public const string EndpointKey = "Identity:Telemetry:Endpoint";
    private const string StandardKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static string? Check(IConfiguration configuration) =>
        configuration[EndpointKey] is { Length: > 0 } text
        && !(Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            ? $"{EndpointKey}: '{text}' is not an address such as http://collector:4317."
            : null;

    public static void AddIdentityTelemetry(this WebApplicationBuilder builder)
    {
        var configured = builder.Configuration[EndpointKey];
        if (string.IsNullOrWhiteSpace(configured) && string.IsNullOrWhiteSpace(builder.Configuration[StandardKey]))
            return;
        var version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);
        builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("identity", serviceVersion: version))
            .WithMetrics(metrics =>
            {
                metrics
                    .AddMeter(IdentityMeter.Name, "Npgsql")
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeMeter();
                if (string.IsNullOrWhiteSpace(configured))
                    metrics.AddOtlpExporter();
                else
                    metrics.AddOtlpExporter(exporter => exporter.Endpoint = new Uri(configured));
            })
            .WithTracing(traces =>
            {
                traces
                    .AddNpgsql()
                    .AddHttpClientInstrumentation()
                    .AddAspNetCoreInstrumentation(static asp =>
                        asp.Filter = static http => !http.Request.Path.StartsWithSegments("/health")
                    );
                if (string.IsNullOrWhiteSpace(configured))
                    traces.AddOtlpExporter();
                else
                    traces.AddOtlpExporter(exporter => exporter.Endpoint = new Uri(configured));
            });
    }

    // .NET's own: garbage collection, thread pool, exceptions.
    private static MeterProviderBuilder AddRuntimeMeter(this MeterProviderBuilder metrics) =>
        metrics.AddMeter("System.Runtime");
}
