namespace Identity.Core.Primitives;

/// <summary>Remembers when something that works and fails in turns began to fail, so that the change is told once and
/// not at every try.</summary>
public sealed class FailingSince(TimeProvider time)
{
    private long _ticks;

    /// <summary>When it began; null while it works.</summary>
    public DateTimeOffset? Value => Volatile.Read(ref _ticks) is not 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>It failed. True when it worked before.</summary>
    public bool Fail() => Interlocked.CompareExchange(ref _ticks, time.GetUtcNow().UtcTicks, 0) == 0;

    /// <summary>It worked. True when it failed before.</summary>
    public bool Succeed() => Interlocked.Exchange(ref _ticks, 0) != 0;
}
