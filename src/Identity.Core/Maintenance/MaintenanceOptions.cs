using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

/// <summary>Section <c>Identity:Maintenance</c>: which jobs run in the host, and how often.</summary>
public sealed class MaintenanceOptions
{
    public const string Section = "Identity:Maintenance";

    /// <summary>Whether the host runs the jobs. If it is off, run <c>identity maintenance NAME</c> by cron. Default:
    /// on.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The interval of a job by its name, to override the default: <c>Identity:Maintenance:Intervals:sessions
    /// = 00:01:00</c>.</summary>
    public IDictionary<string, TimeSpan> Intervals { get; } = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>The pause between two runs of a job: 1 minute for requests, 5 for sessions, 10 for seals, replay and
    /// session-counts, a day for tokens, an hour for any other.</summary>
    public TimeSpan IntervalOf(string job) =>
        Intervals.TryGetValue(job, out var interval) ? interval : MaintenanceJobs.UsualInterval(job);
}

internal sealed class MaintenanceOptionsValidator : IValidateOptions<MaintenanceOptions>
{
    public ValidateOptionsResult Validate(string? name, MaintenanceOptions options)
    {
        List<string> failures = [];
        foreach (var (job, interval) in options.Intervals)
        {
            if (!MaintenanceJobs.Names.Contains(job))
                failures.Add(
                    $"{MaintenanceOptions.Section}:Intervals:{job}: there is no such job. Jobs: "
                        + $"{string.Join(", ", MaintenanceJobs.Names)}."
                );
            else if (interval < TimeSpan.FromSeconds(1) || interval > TimeSpan.FromDays(7))
                failures.Add(
                    $"{MaintenanceOptions.Section}:Intervals:{job}: must be between one second and seven days."
                );
        }
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
