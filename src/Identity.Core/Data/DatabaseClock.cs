using System.Data.Common;

namespace Identity.Core.Data;

/// <summary> The database's time, for every value that a client or another instance compares, above all the times in
/// tokens. It is measured regularly and extrapolated by the machine's monotonic clock, so a wall clock that is wrong or
/// is set while the program runs has no effect. Before the first measurement it is the machine's time.
/// </summary>
/// <param name="machine">The clock of this machine.</param>
public sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    /// <summary>From this deviation on, the operator is warned that the machine's clock is off.</summary>
    public static readonly TimeSpan DriftWarning = TimeSpan.FromSeconds(2);

    /// <summary>From this deviation on, the instance is not ready: what does not use this clock (the Data Protection
    /// key ring, TLS) would fail.</summary>
    public static readonly TimeSpan DriftFault = TimeSpan.FromSeconds(30);

    // A longer timeout would delay the callers that wait for it.
    private const int CommandTimeoutSeconds = 5;

    // The database may have read its clock at any moment during a slow answer. An error of half a second could date a
    // token before its own sign-in. On a machine that is busy at the start, the next answer is often quick.
    private static readonly TimeSpan Exact = TimeSpan.FromMilliseconds(10);
    private const int MaxQuestions = 5;

    private Measurement? _last;

    /// <inheritdoc />
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <summary>How far the machine's wall clock is ahead of the database's; negative if it is behind. Zero if the
    /// difference is within the measurement error, and before the first measurement.</summary>
    public TimeSpan Drift
    {
        get
        {
            if (Volatile.Read(ref _last) is not { } last)
                return TimeSpan.Zero;
            var apart = machine.GetUtcNow() - GetUtcNow();
            return apart.Duration() <= last.Uncertainty ? TimeSpan.Zero : apart;
        }
    }

    /// <summary>How far the estimate may be from the database's time; zero before the first measurement.</summary>
    public TimeSpan Uncertainty => Volatile.Read(ref _last)?.Uncertainty ?? TimeSpan.Zero;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() =>
        Volatile.Read(ref _last) is { } last ? last.Time + machine.GetElapsedTime(last.Timestamp) : machine.GetUtcNow();

    /// <inheritdoc />
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Asks the database for its time: once, or a few times if the answers are slow.</summary>
    public Task MeasureAsync(DbConnection connection, CancellationToken cancellationToken) =>
        MeasureAsync(() => AskAsync(connection, cancellationToken));

    internal async Task MeasureAsync(Func<Task<DateTimeOffset>> ask)
    {
        for (var question = 0; question < MaxQuestions; question++)
        {
            var asked = machine.GetTimestamp();
            if (Accept(await ask(), asked) <= Exact)
                return;
        }
    }

    /// <summary>Applies a measurement.</summary>
    /// <param name="said">The database's time at some moment between <paramref name="asked"/> and now.</param>
    /// <param name="asked">The timestamp of the request.</param>
    /// <returns>The error of the estimate.</returns>
    internal TimeSpan Accept(DateTimeOffset said, long asked)
    {
        var uncertainty = machine.GetElapsedTime(asked) / 2;
        Measurement measured = new(said + uncertainty, machine.GetTimestamp(), uncertainty);
        // A slow answer that agrees with a previous measurement is less precise than it.
        if (
            Volatile.Read(ref _last) is { } last
            && last.Uncertainty < uncertainty
            && (measured.Time - GetUtcNow()).Duration() <= uncertainty
        )
            return uncertainty;
        Volatile.Write(ref _last, measured);
        return uncertainty;
    }

    private static async Task<DateTimeOffset> AskAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT clock_timestamp()";
        command.CommandTimeout = CommandTimeoutSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetFieldValue<DateTimeOffset>(0);
    }

    private sealed record Measurement(DateTimeOffset Time, long Timestamp, TimeSpan Uncertainty);
}
