using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Identity.Core.Primitives;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Identity.Core.Detection;

/// <summary>Runs the rules in every instance and publishes the number of open alerts as a metric. A failed run is
/// logged; the next one covers its period too.</summary>
internal sealed class DetectionScheduler : BackgroundService
{
    private readonly Detector _detector;
    private readonly AlertStore _alerts;
    private readonly DetectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DetectionScheduler> _logger;
    private IReadOnlyDictionary<string, long> _open = FrozenDictionary<string, long>.Empty;

    public DetectionScheduler(
        Detector detector,
        AlertStore alerts,
        IOptions<DetectionOptions> options,
        TimeProvider time,
        ILogger<DetectionScheduler> logger
    )
    {
        (_detector, _alerts, _options, _time, _logger) = (detector, alerts, options.Value, time, logger);
        IdentityMeter.Instance.CreateObservableGauge(
            "identity.alerts.open",
            Measure,
            "{alert}",
            "Alerts that are open, by rule, as the last run of this instance saw them."
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.Enabled)
            return;
        using PeriodicTimer timer = new(_options.Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping. The current run is rolled back, and the next one on any instance continues from
            // there.
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _detector.RunAsync(stoppingToken);
            _open = await _alerts.CountOpenAsync(stoppingToken);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            Log.Failed(_logger, exception);
        }
    }

    private IEnumerable<Measurement<long>> Measure() =>
        _options.Rules.Select(rule => new Measurement<long>(
            _open.GetValueOrDefault(rule.Name),
            new KeyValuePair<string, object?>("rule", rule.Name)
        ));
}
