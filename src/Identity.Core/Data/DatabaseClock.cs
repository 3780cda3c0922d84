using System.Data.Common;

namespace Identity.Core.Data;

/// <summary>
/// The database's time, for whatever a client or another instance compares it with: the times in tokens above all.
/// It is measured now and then and carried on by the machine's monotonic clock, so a wall clock that is wrong, or that
/// somebody sets while the program runs, changes nothing. Before the first measurement it is the machine's.
/// </summary>
/// <param name="machine">The clock of this machine.</param>
public sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    /// <summary>From here on an operator is told that the machine's clock is off.</summary>
    public static readonly TimeSpan DriftWarning = TimeSpan.FromSeconds(2);

    /// <summary>From here on the instance is not ready: what does not follow this clock (the key ring of cookies, TLS)
    /// would go wrong.</summary>
    public static readonly TimeSpan DriftFault = TimeSpan.FromSeconds(30);

    // Longer, and it would hold up whoever waits for it.
    private const int CommandTimeoutSeconds = 5;

    // A slow answer may have been given at its beginning or at its end: half a second of doubt puts a token before the
    // sign-in that it tells of. On a machine that is busy at the start the next answer is often a quick one.
    private static readonly TimeSpan Exact = TimeSpan.FromMilliseconds(10);
    private const int MaxQuestions = 5;

    private Measurement? _last;

    /// <inheritdoc />
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <summary>How far the machine's wall clock is ahead of the database's now; negative where it is behind. Zero
    /// within what the measurement can tell, and before the first.</summary>
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

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() =>
        Volatile.Read(ref _last) is { } last ? last.Time + machine.GetElapsedTime(last.Timestamp) : machine.GetUtcNow();

    /// <inheritdoc />
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Asks the database for its time: once, or a few times where the answers are slow.</summary>
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

    /// <summary>Takes over what the database said.</summary>
    /// <param name="said">Its time at some moment between <paramref name="asked"/> and now.</param>
    /// <param name="asked">The timestamp of the question.</param>
    /// <returns>How far off it may be.</returns>
    internal TimeSpan Accept(DateTimeOffset said, long asked)
    {
        var uncertainty = machine.GetElapsedTime(asked) / 2;
        Measurement measured = new(said + uncertainty, machine.GetTimestamp(), uncertainty);
        // A slow answer that agrees with a former one tells less than that.
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
