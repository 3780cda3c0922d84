namespace Identity.Server.Hosting.Observability;

/// <summary>Section <c>Identity:Telemetry</c>: where metrics, traces and logs go.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Identity:Telemetry";

    /// <summary>The collector that metrics, traces and logs are pushed to (OTLP).
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> means the same.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Whether events of the audit log are pushed to the collector as well, for a SIEM.</summary>
    public bool AuditEvents { get; set; }

    /// <summary>The address on which Prometheus scrapes <c>/metrics</c>. Null for no such address.</summary>
    public string? PrometheusAddress { get; set; }

    /// <summary>Reads the section; what cannot be read is a fault of <see cref="Check"/>.</summary>
    public static TelemetryOptions Read(IConfiguration configuration) =>
        new()
        {
            Endpoint = configuration[$"{Section}:{nameof(Endpoint)}"] is { Length: > 0 } endpoint ? endpoint : null,
            AuditEvents =
                bool.TryParse(configuration[$"{Section}:{nameof(AuditEvents)}"], out var auditEvents) && auditEvents,
            PrometheusAddress = configuration[$"{Section}:{nameof(PrometheusAddress)}"] is { Length: > 0 } address
                ? address
                : null,
        };

    /// <summary>Every fault, by its key.</summary>
    /// <param name="hasCollector">Whether there is a collector, by whichever setting.</param>
    public IEnumerable<string> Check(bool hasCollector)
    {
        if (Endpoint is not null && HttpAddress(Endpoint) is null)
            yield return $"{Section}:{nameof(Endpoint)}: '{Endpoint}' is not an address such as http://collector:4317.";
        if (
            PrometheusAddress is not null
            && HttpAddress(PrometheusAddress) is not { Scheme: "http", AbsolutePath: "/" }
        )
            yield return $"{Section}:{nameof(PrometheusAddress)}: '{PrometheusAddress}' is not an address such as "
                + "http://127.0.0.1:9464.";
        if (AuditEvents && !hasCollector)
            yield return $"{Section}:{nameof(AuditEvents)}: there is no collector to push to. Set "
                + $"{Section}:{nameof(Endpoint)} too.";
    }

    private static Uri? HttpAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
}
