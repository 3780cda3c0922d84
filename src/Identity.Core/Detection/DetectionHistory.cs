using Identity.Core.Data;

namespace Identity.Core.Detection;

/// <summary>A past incident by the current rules.</summary>
public sealed record PastIncident(
    string Rule,
    string Subject,
    long Value,
    long Threshold,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt
);

/// <summary>Evaluates the past with the current rules and thresholds and changes nothing: shows which alerts there
/// would have been, and whether another threshold would be better.</summary>
public sealed class DetectionHistory(
    Database database,
    Detector detector,
    Microsoft.Extensions.Options.IOptions<DetectionOptions> options
)
{
    private static readonly TimeSpan MinStep = TimeSpan.FromMinutes(10);

    /// <summary>The incidents that began or continued within (from, to], oldest first. Rules about the current state
    /// cannot be evaluated for the past.</summary>
    public async Task<IReadOnlyList<PastIncident>> FindAsync(
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        List<PastIncident> incidents = [];
        foreach (var rule in options.Value.Rules.Where(static rule => rule.LooksBack))
            incidents.AddRange(await FindAsync(rule, from, to, cancellationToken));
        return
        [
            .. incidents
                .OrderBy(static incident => incident.FirstAt)
                .ThenBy(static incident => incident.Rule, StringComparer.Ordinal),
        ];
    }

    // As the runs would have done: a finding before the rule's quiet time is over belongs to the same incident.
    private async Task<IEnumerable<PastIncident>> FindAsync(
        DetectionRule rule,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    )
    {
        var quiet = rule.Quiet ?? TimeSpan.Zero;
        var step = quiet > MinStep ? quiet : MinStep;
        Dictionary<string, PastIncident> open = new(StringComparer.Ordinal);
        List<PastIncident> incidents = [];
        for (var since = from; since < to; since += step)
        {
            var until = since + step < to ? since + step : to;
            foreach (var found in await LookAsync(rule, since, until, cancellationToken))
            {
                if (open.TryGetValue(found.Subject, out var going) && found.FirstAt - going.LastAt <= step)
                {
                    open[found.Subject] = going with
                    {
                        Value = Math.Max(going.Value, found.Value),
                        LastAt = found.LastAt,
                    };
                    continue;
                }
                if (going is not null)
                    incidents.Add(going);
                open[found.Subject] = found;
            }
        }
        return incidents.Concat(open.Values);
    }

    private Task<List<PastIncident>> LookAsync(
        DetectionRule rule,
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            $"SELECT f.subject, f.value, f.first_at, f.last_at FROM {rule.Function} f",
            row => new PastIncident(
                rule.Name,
                row.GetString(0),
                row.GetInt64(1),
                options.Value.ThresholdOf(rule),
                row.GetFieldValue<DateTimeOffset>(2),
                row.GetFieldValue<DateTimeOffset>(3)
            ),
            cancellationToken,
            [.. detector.Parameters(rule, since, until)]
        );
}
