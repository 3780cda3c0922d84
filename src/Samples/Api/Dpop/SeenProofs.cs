using System.Collections.Concurrent;

namespace Samples.Api.Dpop;

/// <summary>
/// Remembers proofs until they would be too old anyway, so that none is taken twice (RFC 9449 section 11.1). In the
/// memory of this one instance: an API that runs as several puts a store in its place that they share, such as Redis
/// with SET NX.
/// </summary>
public sealed class SeenProofs(TimeProvider time)
{
    private const int SweepAt = 10_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private int _sinceSweep;

    /// <summary>True for the first use; of any number at once, one.</summary>
    /// <param name="id">What is used.</param>
    /// <param name="until">When it cannot be used any more in any case.</param>
    public bool TryAdd(string id, DateTimeOffset until)
    {
        if (Interlocked.Increment(ref _sinceSweep) % SweepAt == 0)
            Sweep();
        return _seen.TryAdd(id, until);
    }

    private void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (id, until) in _seen)
        {
            if (until < now)
                _seen.TryRemove(id, out _);
        }
    }
}
