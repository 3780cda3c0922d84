using Identity.Server.Hosting.Observability;
using Microsoft.Extensions.Configuration;

namespace Identity.UnitTests.Hosting;

/// <summary>What section Identity:Telemetry takes, and how it says what is wrong.</summary>
public sealed class TelemetryOptionsTests
{
    [Theory]
    [InlineData("Endpoint", "http://collector:4317", null)]
    [InlineData("Endpoint", "collector:4317", "Identity:Telemetry:Endpoint")]
    [InlineData("PrometheusAddress", "http://127.0.0.1:9464", null)]
    [InlineData("PrometheusAddress", "127.0.0.1", "Identity:Telemetry:PrometheusAddress")]
    [InlineData("PrometheusAddress", "https://127.0.0.1:9464", "Identity:Telemetry:PrometheusAddress")]
    [InlineData("PrometheusAddress", "http://127.0.0.1:9464/metrics", "Identity:Telemetry:PrometheusAddress")]
    [InlineData("AuditEvents", "true", "Identity:Telemetry:AuditEvents")]
    [InlineData("AuditEvents", "false", null)]
    public void A_wrong_value_is_named_by_its_key(string name, string value, string? key)
    {
        var faults = Check(($"Identity:Telemetry:{name}", value));

        if (key is null)
            Assert.Empty(faults);
        else
            Assert.StartsWith(key + ":", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Identity:Telemetry:Endpoint")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT")]
    public void Audit_events_go_to_a_collector_by_whichever_setting(string key) =>
        Assert.Empty(Check(("Identity:Telemetry:AuditEvents", "true"), (key, "http://collector:4318")));

    private static List<string> Check(params (string Key, string Value)[] settings) =>
        [
            .. Telemetry.Check(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))
                    )
                    .Build()
            ),
        ];
}
