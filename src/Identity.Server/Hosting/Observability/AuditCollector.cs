using Identity.Core.Audit;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace Identity.Server.Hosting.Observability;

/// <summary>Hands audit events to the collector as OTLP log records, apart from the operational log, and says whether
/// the collector took them. Attributes are named as the semantic conventions of OpenTelemetry name them.</summary>
internal sealed class AuditCollector : IDisposable
{
    /// <summary>By which category a collector tells audit events from the operational log.</summary>
    public const string Category = "Identity.Audit";

    /// <summary>How many events are handed over at once, at most: what fits into one request of the exporter.</summary>
    public const int MaxBatch = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ILoggerFactory _factory;
    private readonly ILogger _logger;
    private readonly TimeOfEvent _time = new();
    private readonly WatchedExporter _exporter;
    private readonly BatchLogRecordExportProcessor _batches;

    public AuditCollector(IOptionsMonitor<OtlpExporterOptions> options)
    {
        OtlpLogExporter otlp = new(options.CurrentValue);
        _exporter = new WatchedExporter(otlp);
        _batches = new BatchLogRecordExportProcessor(_exporter);
        _factory = LoggerFactory.Create(logging =>
            logging.AddOpenTelemetry(records =>
            {
                records.IncludeFormattedMessage = true;
                records
                    .SetResourceBuilder(Telemetry.Describe(ResourceBuilder.CreateDefault()))
                    .AddProcessor(_time)
                    .AddProcessor(new ResourceOf(otlp))
                    .AddProcessor(_batches);
            })
        );
        _logger = _factory.CreateLogger(Category);
    }

    /// <summary>Blocks until the collector answered. False: it did not take them all.</summary>
    public bool Send(IReadOnlyList<AuditEntry> entries)
    {
        _exporter.HasFailed = false;
        foreach (var entry in entries)
        {
            _time.Value = entry.CreatedAt.UtcDateTime;
            var level = entry.Status is "failure" or "blocked" ? LogLevel.Warning : LogLevel.Information;
            var attributes = AttributesOf(entry);
            EventId name = new(0, entry.Type);
            _logger.Log(level, name, attributes, null, static (named, _) => $"{named[0].Value} {named[1].Value}");
        }
        return _batches.ForceFlush((int)Patience.TotalMilliseconds) && !_exporter.HasFailed;
    }

    public void Dispose() => _factory.Dispose();

    private static List<KeyValuePair<string, object?>> AttributesOf(AuditEntry entry)
    {
        List<KeyValuePair<string, object?>> attributes =
        [
            new("event.name", entry.Type),
            new("event.outcome", entry.Status),
            new("event.id", entry.Id.ToString()),
            new("audit.details", entry.DetailsJson),
        ];
        if (entry.UserId is { } user)
            attributes.Add(new("user.id", user.ToString()));
        if (entry.IpAddress is { } address)
            attributes.Add(new("client.address", address.ToString()));
        if (entry.UserAgent is { } agent)
            attributes.Add(new("user_agent.original", agent));
        return attributes;
    }

    /// <summary>A record bears the time of its event, not of its export.</summary>
    private sealed class TimeOfEvent : BaseProcessor<LogRecord>
    {
        public DateTime Value { get; set; }

        public override void OnEnd(LogRecord data) => data.Timestamp = Value;
    }

    // A processor tells its own exporter which program it belongs to; that of a wrapped one is not told. This one does
    // nothing else.
    private sealed class ResourceOf(OtlpLogExporter exporter) : BaseExportProcessor<LogRecord>(exporter)
    {
        protected override void OnExport(LogRecord data) { }
    }

    /// <summary>Remembers whether a request failed, which the processor does not say.</summary>
    private sealed class WatchedExporter(OtlpLogExporter exporter) : BaseExporter<LogRecord>
    {
        private volatile bool _hasFailed;

        public bool HasFailed
        {
            get => _hasFailed;
            set => _hasFailed = value;
        }

        public override ExportResult Export(in Batch<LogRecord> batch)
        {
            var result = exporter.Export(batch);
            if (result != ExportResult.Success)
                _hasFailed = true;
            return result;
        }
    }
}
