namespace Identity.Core.Primitives;

/// <summary>Remembers when something began to fail, so that a change is reported once and not on every
/// attempt.</summary>
public sealed class FailingSince(TimeProvider time)
{
    private long _ticks;

    /// <summary>When it began; null while it works.</summary>
    public DateTimeOffset? Value => Volatile.Read(ref _ticks) is not 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>Records a failure. True if it worked before.</summary>
    public bool Fail() => Interlocked.CompareExchange(ref _ticks, time.GetUtcNow().UtcTicks, 0) == 0;

    /// <summary>Records a success. True if it failed before.</summary>
    public bool Succeed() => Interlocked.Exchange(ref _ticks, 0) != 0;
}
