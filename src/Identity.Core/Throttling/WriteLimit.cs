using System.Collections.Concurrent;
using System.Net;

namespace Identity.Core.Throttling;

/// <summary>How much a sender without credentials may have: so many at once, and one more each
/// <paramref name="Refill"/>.</summary>
/// <param name="Burst">At once, after a pause.</param>
/// <param name="Refill">The time after which one more may come.</param>
public sealed record WriteLimit(int Burst, TimeSpan Refill);

/// <summary>
/// Limits what strangers make the database keep, and wrong secrets of clients, each by the address that they come from.
/// Kept in the memory of the instance and nowhere else, for a limit that writes a row for each refusal would be what it
/// guards against; so each instance allows the limit. Memory is bounded: when the table is full, addresses that are not
/// in it share one allowance until others are forgotten.
/// </summary>
public sealed class WriteLimiter(TimeProvider time)
{
    /// <summary>The most allowances that are remembered: some 10 MB.</summary>
    internal const int MaxEntries = 50_000;

    private readonly ConcurrentDictionary<string, long> _fullAt = new(StringComparer.Ordinal);
    private int _sweeping;

    /// <summary>Takes one. Null when it was there; else the time until one is.</summary>
    /// <param name="kind">What is limited, such as <c>pushed_request</c>.</param>
    /// <param name="address">From where; IPv6 by its /64.</param>
    /// <param name="client">The client that it is about, where each has an allowance of its own.</param>
    public TimeSpan? TryTake(string kind, IPAddress? address, string? client, WriteLimit limit) =>
        Take(KeyOf(kind, address, client), limit, isTaken: true);

    /// <summary>The time until one could be taken, or null when it could be now. Takes none.</summary>
    public TimeSpan? Wait(string kind, IPAddress? address, string? client, WriteLimit limit) =>
        Take(KeyOf(kind, address, client), limit, isTaken: false);

    // The generic cell rate algorithm (ITU-T I.371): one time a sender, at which its allowance would be full again.
    private TimeSpan? Take(string key, WriteLimit limit, bool isTaken)
    {
        var now = time.GetTimestamp();
        var refill = (long)(limit.Refill.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var known = _fullAt.TryGetValue(key, out var fullAt);
            var next = Math.Max(known ? fullAt : now, now) + refill;
            if (next - now > refill * limit.Burst)
                return time.GetElapsedTime(now, next - (refill * limit.Burst));
            if (!isTaken)
                return null;
            if (!known && _fullAt.Count >= MaxEntries && !Sweep(now))
            {
                key = "the rest";
                continue;
            }
            if (known ? _fullAt.TryUpdate(key, next, fullAt) : _fullAt.TryAdd(key, next))
                return null;
        }
    }

    // Whose allowance is full again is as good as forgotten. False when that made no room.
    private bool Sweep(long now)
    {
        if (Interlocked.Exchange(ref _sweeping, 1) == 1)
            return false;
        foreach (var (key, fullAt) in _fullAt)
        {
            if (fullAt <= now)
                _fullAt.TryRemove(KeyValuePair.Create(key, fullAt));
        }
        Volatile.Write(ref _sweeping, 0);
        return _fullAt.Count < MaxEntries;
    }

    private static string KeyOf(string kind, IPAddress? address, string? client) =>
        $"{kind}\n{AttemptLimiter.Network(address)}\n{client}";
}
