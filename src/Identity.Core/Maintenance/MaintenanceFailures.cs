using System.Collections.Concurrent;
using System.Globalization;
using Identity.Core.Primitives;

namespace Identity.Core.Maintenance;

/// <summary>The jobs whose last run failed in this instance, so that their rows accumulate.</summary>
internal sealed class MaintenanceFailures(TimeProvider time) : IServiceWarning
{
    private readonly ConcurrentDictionary<string, FailingSince> _jobs = new(StringComparer.Ordinal);

    /// <summary>Records the result of a run.</summary>
    public FailingSince Of(string job) => _jobs.GetOrAdd(job, static (_, time) => new FailingSince(time), time);

    public Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        string[] failing =
        [
            .. _jobs
                .Where(static job => job.Value.Value is not null)
                .OrderBy(static job => job.Key, StringComparer.Ordinal)
                .Select(static job =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{job.Key} since {job.Value.Value?.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"
                    )
                ),
        ];
        return Task.FromResult(
            failing.Length == 0 ? null : "maintenance jobs have been failing: " + string.Join(", ", failing)
        );
    }
}
