using System.Globalization;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Server.Pages.External;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary> <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can serve; clients are loaded before
/// the first request is accepted. The result of the database checks is cached for a moment, so that a flood of probes
/// costs little (DO-3).
/// </summary>
internal sealed class Health(
    NpgsqlDataSource source,
    SigningKeyRing ring,
    SigningKeyExpiryMonitor outlook,
    TimeProvider time,
    DatabaseClock clock,
    IEnumerable<IServiceWarning> services,
    IHostApplicationLifetime lifetime,
    ILogger<Health> logger
) : IDisposable
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private (long Asked, string? Fault, string[] Warnings)? _database;
    private string? _told;

    public static void Map(WebApplication app)
    {
        app.MapMethods("/health/live", RequestMethods.Reading, static () => Results.Json(new { status = "live" }))
            .DisableRequestTimeout();
        app.MapMethods(
            "/health/ready",
            RequestMethods.Reading,
            static async (Health health, HttpContext http) =>
            {
                var faults = await health.FaultsAsync(http.RequestAborted);
                string[] warnings = [.. await health.WarningsAsync(http.RequestAborted)];
                return Results.Json(
                    new
                    {
                        status = faults.Count == 0 ? "ready" : "not ready",
                        faults,
                        warnings,
                    },
                    statusCode: faults.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
                );
            }
        );
    }

    /// <summary>Why this instance should get no requests, each in a word or two, without addresses.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(CancellationToken cancellationToken)
    {
        List<string> faults = [];
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            faults.Add("stopping");
        if ((await AskAsync(cancellationToken)).Fault is { } database)
            faults.Add(database);
        if (!ring.IsReady)
            faults.Add("no valid signing key");
        if (clock.Drift.Duration() >= DatabaseClock.DriftFault)
            faults.Add(DriftText());
        TellOf(faults);
        return faults;
    }

    /// <summary>Problems that will become faults, and failures that do not affect requests, each in a few
    /// words.</summary>
    public async Task<IEnumerable<string>> WarningsAsync(CancellationToken cancellationToken) =>
        [.. OwnWarnings(), .. (await AskAsync(cancellationToken)).Warnings];

    private IEnumerable<string> OwnWarnings()
    {
        var drift = clock.Drift.Duration();
        if (drift >= DatabaseClock.DriftWarning && drift < DatabaseClock.DriftFault)
            yield return DriftText();
        foreach (var ending in EndingKeys())
            yield return ending;
    }

    private string DriftText() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the clock is {clock.Drift.Duration().TotalSeconds:0} s "
                + $"{(clock.Drift > TimeSpan.Zero ? "ahead of" : "behind")} the database's"
        );

    private IEnumerable<string> EndingKeys() =>
        outlook
            .Ending()
            .Select(static end =>
                $"the last {end.Algorithm} signing key ends in {Math.Max(0, (int)end.Left.TotalDays)} days"
            );

    public void Dispose() => _asking.Dispose();

    // Probes arrive every few seconds, so only changes are logged.
    private void TellOf(List<string> faults)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return;
        var now = faults.Count == 0 ? null : string.Join(", ", faults);
        var before = Interlocked.Exchange(ref _told, now);
        if (now is not null && now != before)
            Log.NotReady(logger, now);
        else if (now is null && before is not null)
            Log.ReadyAgain(logger, before);
    }

    private async Task<(string? Fault, string[] Warnings)> AskAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_database is { } last && time.GetElapsedTime(last.Asked) < Memory)
                return (last.Fault, last.Warnings);
            var fault = await AskDatabaseAsync();
            var warnings = fault is null ? await AskServicesAsync() : [];
            _database = (time.GetTimestamp(), fault, warnings);
            return (fault, warnings);
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<string[]> AskServicesAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        List<string> warnings = [];
        try
        {
            foreach (var service in services)
            {
                if (await service.ReadAsync(patience.Token).WaitAsync(Patience, time) is { } warning)
                    warnings.Add(warning);
            }
        }
        catch (Exception unreachable) when (IsOutage(unreachable))
        {
            warnings.Add("not everything could be asked in time");
        }
        return [.. warnings];
    }

    private async Task<string?> AskDatabaseAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            // A server that hangs does not answer a cancellation either.
            var asked = new MigrationRunner(source).StateAsync(patience.Token).WaitAsync(Patience, time);
            return await asked is SchemaState.Behind ? "schema behind" : null;
        }
        catch (Exception unreachable) when (IsOutage(unreachable))
        {
            return "database unreachable";
        }
    }

    private static bool IsOutage(Exception exception) =>
        exception
            is NpgsqlException
                or TimeoutException
                or OperationCanceledException
                or System.Net.Sockets.SocketException;
}
