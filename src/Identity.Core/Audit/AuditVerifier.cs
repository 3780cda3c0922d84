using System.Globalization;
using System.Security.Cryptography;
using Identity.Core.Data;
using Microsoft.Extensions.Options;

namespace Identity.Core.Audit;

/// <summary>What is wrong with the log.</summary>
public enum AuditBreakKind
{
    /// <summary>The number of rows is right, but their content is not.</summary>
    RowsEdited,

    /// <summary>Fewer rows than were sealed, and retention does not explain it.</summary>
    RowsDeleted,

    /// <summary>More rows than were sealed.</summary>
    RowsInserted,

    /// <summary>A seal is missing: its number is absent, or the next seal is chained to another one.</summary>
    SealRemoved,

    /// <summary>A seal does not match its own MAC.</summary>
    SealEdited,

    /// <summary>The master key of a seal is not loaded, so the seal cannot be checked.</summary>
    KeyMissing,

    /// <summary>Events have been unsealed for much longer than sealing takes: it does not run, or seals were cut
    /// off.</summary>
    Unsealed,

    /// <summary>The seal that an external log remembers is different or missing.</summary>
    AnchorMissed,
}

/// <summary>The first thing that is wrong.</summary>
/// <param name="Seal">The number of the seal at which it shows.</param>
public sealed record AuditBreak(
    AuditBreakKind Kind,
    long Seal,
    DateTimeOffset From,
    DateTimeOffset Through,
    string Explanation
);

/// <summary>Sealed rows that retention dropped with their month.</summary>
public sealed record DroppedAuditDay(DateOnly Day, long Seals, long Rows);

/// <summary>A seal as remembered outside the database, for example in the operational log.</summary>
public sealed record AuditAnchor(long Number, byte[] Mac);

/// <param name="Seals">How many seals were looked at.</param>
/// <param name="Rows">How many rows are still as they were sealed.</param>
/// <param name="SealedThrough">Events after this moment are not sealed yet.</param>
/// <param name="Dropped">What retention dropped, by day.</param>
/// <param name="Break">The first fault; null if there is none.</param>
public sealed record AuditVerification(
    long Seals,
    long Rows,
    DateTimeOffset? SealedThrough,
    IReadOnlyList<DroppedAuditDay> Dropped,
    AuditBreak? Break
);

/// <summary>Recomputes the seals from the rows and the chain from the seals. Changes nothing and may run at any
/// time.</summary>
public sealed class AuditVerifier(Database database, IAuditSealKeys keys, IOptions<AuditOptions> options)
{
    private static readonly TimeSpan MaxUnsealedAge = TimeSpan.FromHours(24);

    private const string Seals =
        $"SELECT {AuditSeal.Columns} FROM idp.audit_seals WHERE through_time > @since ORDER BY number";
    private const string OldestUnsealed =
        "SELECT created_at, clock_timestamp() FROM public.audit_logs WHERE created_at >= @from ORDER BY created_at "
        + "LIMIT 1";
    private const string Partition = """
        SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'public.audit_logs'::regclass AND c.relname = @name), clock_timestamp()
        """;

    /// <summary>Looks at every seal, or at those that end after <paramref name="since"/>, and stops at the first that
    /// is broken.</summary>
    /// <param name="since">Where to begin; earlier seals are trusted. Null: at the first seal.</param>
    /// <param name="anchor">A seal that must still exist unchanged. Only this shows that the newest seals were cut off
    /// and made again.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<AuditVerification> VerifyAsync(
        DateTimeOffset? since,
        AuditAnchor? anchor,
        CancellationToken cancellationToken
    )
    {
        var seals = await database.QueryAsync(
            Seals,
            AuditSeal.Read,
            cancellationToken,
            ("since", since ?? AuditSeal.Beginning)
        );
        SortedDictionary<DateOnly, DroppedAuditDay> dropped = [];
        var rows = 0L;
        AuditSeal? previous = null;
        foreach (var seal in seals)
        {
            var found =
                FaultOfChain(seal, previous, fromTheFirst: since is null)
                ?? FaultOfMac(seal)
                ?? FaultOfAnchor(seal, anchor)
                ?? await FaultOfRowsAsync(seal, dropped, cancellationToken);
            if (found is not null)
                return new AuditVerification(
                    seal.Number - seals[0].Number,
                    rows,
                    previous?.ThroughTime,
                    [.. dropped.Values],
                    found
                );
            rows += dropped.TryGetValue(DayOf(seal), out _) ? 0 : seal.RowCount;
            previous = seal;
        }
        var end = await FaultOfEndAsync(previous, since, anchor, seals, cancellationToken);
        return new AuditVerification(seals.Count, rows, previous?.ThroughTime, [.. dropped.Values], end);
    }

    private static AuditBreak? FaultOfChain(AuditSeal seal, AuditSeal? previous, bool fromTheFirst)
    {
        var expected = previous is null ? (fromTheFirst ? 1 : seal.Number) : previous.Number + 1;
        if (seal.Number != expected)
            return Break(AuditBreakKind.SealRemoved, seal, $"Seal {expected} is missing.");
        if (previous is null && !fromTheFirst)
            return null;
        var (mac, through) = previous is null
            ? (AuditSeal.NoMac, AuditSeal.Beginning)
            : (previous.Mac, previous.ThroughTime);
        return seal.PreviousMac.AsSpan().SequenceEqual(mac) && seal.FromTime == through
            ? null
            : Break(
                AuditBreakKind.SealRemoved,
                seal,
                $"Seal {seal.Number} is not chained to the one before it: that one was removed and replaced."
            );
    }

    private AuditBreak? FaultOfMac(AuditSeal seal)
    {
        try
        {
            return CryptographicOperations.FixedTimeEquals(seal.ComputeMac(keys.Find(seal.MasterKeyId)), seal.Mac)
                ? null
                : Break(AuditBreakKind.SealEdited, seal, $"Seal {seal.Number} was changed.");
        }
        catch (CryptographicException exception)
        {
            return Break(AuditBreakKind.KeyMissing, seal, exception.Message);
        }
    }

    private static AuditBreak? FaultOfAnchor(AuditSeal seal, AuditAnchor? anchor) =>
        anchor is null || anchor.Number != seal.Number || seal.Mac.AsSpan().SequenceEqual(anchor.Mac)
            ? null
            : Break(
                AuditBreakKind.AnchorMissed,
                seal,
                $"Seal {seal.Number} is not the one that was remembered: it was removed and made anew."
            );

    private async Task<AuditBreak?> FaultOfRowsAsync(
        AuditSeal seal,
        SortedDictionary<DateOnly, DroppedAuditDay> dropped,
        CancellationToken cancellationToken
    )
    {
        var (count, digest) = await AuditDigest.ComputeAsync(
            database,
            seal.FromTime,
            seal.ThroughTime,
            cancellationToken
        );
        if (count == seal.RowCount && digest.AsSpan().SequenceEqual(seal.Digest))
            return null;
        if (count == 0 && await LeftWithItsMonthAsync(seal, cancellationToken))
        {
            var day = DayOf(seal);
            var before = dropped.GetValueOrDefault(day) ?? new DroppedAuditDay(day, 0, 0);
            dropped[day] = before with { Seals = before.Seals + 1, Rows = before.Rows + seal.RowCount };
            return null;
        }
        var kind =
            count < seal.RowCount ? AuditBreakKind.RowsDeleted
            : count > seal.RowCount ? AuditBreakKind.RowsInserted
            : AuditBreakKind.RowsEdited;
        return Break(
            kind,
            seal,
            $"{seal.RowCount} events were sealed; {count} stand there "
                + $"now{(count == seal.RowCount ? ", and not the same" : "")}."
        );
    }

    // The month's partition is gone and the month lies entirely before the retention. Retention did not drop a month
    // that disappeared earlier.
    private async Task<bool> LeftWithItsMonthAsync(AuditSeal seal, CancellationToken cancellationToken)
    {
        var day = DayOf(seal);
        var name = "audit_logs_" + day.ToString("yyyy_MM", CultureInfo.InvariantCulture);
        var (exists, now) = await database.QuerySingleOrDefaultAsync(
            Partition,
            static row => (row.GetBoolean(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken,
            ("name", name)
        );
        var monthEnd = new DateTimeOffset(
            new DateOnly(day.Year, day.Month, 1).AddMonths(1),
            TimeOnly.MinValue,
            TimeSpan.Zero
        );
        return !exists && monthEnd <= now - options.Value.Retention;
    }

    private async Task<AuditBreak?> FaultOfEndAsync(
        AuditSeal? last,
        DateTimeOffset? since,
        AuditAnchor? anchor,
        List<AuditSeal> seals,
        CancellationToken cancellationToken
    )
    {
        var from = last?.ThroughTime ?? since ?? AuditSeal.Beginning;
        if (anchor is not null && !seals.Exists(seal => seal.Number == anchor.Number))
            return new AuditBreak(
                AuditBreakKind.AnchorMissed,
                anchor.Number,
                from,
                from,
                $"Seal {anchor.Number} is remembered and is not there."
            );
        var oldest = await database.QuerySingleOrDefaultAsync<(DateTimeOffset At, DateTimeOffset Now)?>(
            OldestUnsealed,
            static row => (row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellationToken,
            ("from", from)
        );
        return oldest is { } row && row.Now - row.At > MaxUnsealedAge
            ? new AuditBreak(
                AuditBreakKind.Unsealed,
                last?.Number ?? 0,
                row.At,
                row.Now,
                "Events stand unsealed for more than a day: sealing does not run, or the newest seals were removed."
            )
            : null;
    }

    private static DateOnly DayOf(AuditSeal seal) => DateOnly.FromDateTime(seal.ThroughTime.AddTicks(-1).UtcDateTime);

    private static AuditBreak Break(AuditBreakKind kind, AuditSeal seal, string explanation) =>
        new(kind, seal.Number, seal.FromTime, seal.ThroughTime, explanation);
}
