using System.Diagnostics;
using Npgsql;

namespace Identity.Core.Data;

/// <summary> Reads that may be seconds old: lists and exports. They go to a standby if one is configured, and to the
/// primary if there is none, if it cannot be reached or if it lags by more than <see cref="MaxLag"/>. Data on which a
/// decision depends is never read here.
/// </summary>
public sealed class StandbyReads(Database primary, StandbySource? standby = null) : SqlSession
{
    /// <summary>The maximum lag of a standby.</summary>
    public static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    // A standby that has replayed everything it received is up to date only while it still receives. A promoted standby
    // is the primary.
    private const string Lag = """
        SELECT CASE
            WHEN NOT pg_is_in_recovery() THEN 0
            WHEN NOT EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 86400
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 86400)
        END::float8
        """;

    private int _checking;
    private long _checkedAt;
    private volatile bool _isUsable;

    /// <summary>Whether reads currently go to the standby.</summary>
    public bool UsesStandby => standby is not null && _isUsable;

    // A pooled connection may be broken because the standby is down; then the primary answers.
    private protected override bool MayRepeat(NpgsqlException failure)
    {
        if (!UsesStandby || !DatabaseOutage.Includes(failure))
            return false;
        _isUsable = false;
        standby!.Source.Clear();
        return true;
    }

    private protected override async ValueTask<ConnectionLease> LeaseAsync(CancellationToken cancellationToken)
    {
        if (standby is null)
            return await LeasePrimaryAsync(cancellationToken);
        await CheckAsync(cancellationToken);
        if (_isUsable)
        {
            try
            {
                var connection = await standby.Source.OpenConnectionAsync(cancellationToken);
                return new(standby.Source, connection, null, owned: true);
            }
            catch (NpgsqlException)
            {
                _isUsable = false;
            }
        }
        return await LeasePrimaryAsync(cancellationToken);
    }

    private async Task<ConnectionLease> LeasePrimaryAsync(CancellationToken cancellationToken) =>
        new(primary.Source, await primary.OpenAsync(cancellationToken), null, owned: true);

    // One caller checks every two seconds; the others use its result.
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (!IsDue() || Interlocked.Exchange(ref _checking, 1) == 1)
            return;
        try
        {
            if (IsDue())
                _isUsable = await AskAsync(cancellationToken);
            Volatile.Write(ref _checkedAt, Stopwatch.GetTimestamp());
        }
        finally
        {
            Volatile.Write(ref _checking, 0);
        }
    }

    private bool IsDue() =>
        Volatile.Read(ref _checkedAt) is var last && (last == 0 || Stopwatch.GetElapsedTime(last) >= CheckInterval);

    private async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CheckTimeout);
        try
        {
            await using var command = standby!.Source.CreateCommand(Lag);
            return await command.ExecuteScalarAsync(limit.Token) is double seconds && seconds <= MaxLag.TotalSeconds;
        }
        catch (Exception away) when (DatabaseOutage.Includes(away) || !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>The standby's own connection pool.</summary>
/// <param name="connectionString">In Npgsql's form.</param>
public sealed class StandbySource(string connectionString) : IAsyncDisposable
{
    /// <summary>The pool.</summary>
    public NpgsqlDataSource Source { get; } =
        PostgresDataSource.Create(DataServices.PoolSettings(connectionString, TimeSpan.Zero));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
