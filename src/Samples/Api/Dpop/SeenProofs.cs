using System.Collections.Concurrent;

namespace Samples.Api.Dpop;

/// <summary> Remembers proofs until they expire, so that none is accepted twice (RFC 9449 section 11.1). It uses the
/// memory of one instance; an API with several instances replaces it with a shared store, such as Redis with SET NX.
/// </summary>
public sealed class SeenProofs(TimeProvider time)
{
    private const int SweepAt = 10_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private int _sinceSweep;

    /// <summary>True for the first use only; of any number of parallel uses, one.</summary>
    /// <param name="id">The id of the proof.</param>
    /// <param name="until">When the proof expires.</param>
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
