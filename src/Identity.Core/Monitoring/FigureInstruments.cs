using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Monitoring;

/// <summary>Shows the figures on the meter. Every instance shows what one measured, so of several that report, take the
/// highest, not the sum. A figure that grew old is not shown: no value is better than one that stands still.</summary>
internal sealed class FigureInstruments
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _old;
    private IReadOnlyDictionary<string, Figure> _newest = FrozenDictionary<string, Figure>.Empty;

    public FigureInstruments(IOptions<MonitoringOptions> options, TimeProvider time)
    {
        (_time, _old) = (time, options.Value.Interval * 5);
        foreach (var metric in ServiceMetric.All)
            Create(metric.Instrument, metric.Unit, metric.Description, metric.Name);
        Create("identity.accounts.locked", "{account}", "Accounts that are locked now.", FigureNames.LockedAccounts);
        Create(
            "identity.sessions.outliers",
            "{person}",
            "People with more than ten active sessions.",
            FigureNames.SessionOutliers
        );
        IdentityMeter.Instance.CreateObservableGauge(
            "identity.queue.length",
            () => FigureNames.Queues.SelectMany(queue => Measure(queue.Value, Tag("queue", queue.Key))),
            "{message}",
            "What waits to be delivered, by queue."
        );
    }

    /// <summary>Shows these from now on.</summary>
    public void Show(IReadOnlyDictionary<string, Figure> newest) => _newest = newest;

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private void Create(string instrument, string unit, string description, string figure) =>
        IdentityMeter.Instance.CreateObservableGauge(instrument, () => Measure(figure), unit, description);

    private IEnumerable<Measurement<double>> Measure(string name, params KeyValuePair<string, object?>[] tags) =>
        _newest.GetValueOrDefault(name) is { Value: { } value } figure && _time.GetUtcNow() - figure.MeasuredAt < _old
            ? [new(value, tags)]
            : [];
}
