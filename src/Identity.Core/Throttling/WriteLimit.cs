using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Identity.Core.Throttling;

/// <summary>The allowance of a sender without credentials: a burst, and one more per <paramref
/// name="Refill"/>.</summary>
/// <param name="Burst">The number allowed at once after a pause.</param>
/// <param name="Refill">The time after which one more may come.</param>
public sealed record WriteLimit(int Burst, TimeSpan Refill);

/// <summary> Limits what strangers can make the database store, and wrong client secrets, per IP address. It lives only
/// in the memory of the instance, because a limit that writes a row per refusal would be the attack that it prevents;
/// so each instance allows the full limit. Memory is bounded: if the table is full, new addresses share one allowance
/// until others are removed.
/// </summary>
public sealed class WriteLimiter(TimeProvider time)
{
    /// <summary>The maximum number of allowances: about 10 MB.</summary>
    internal const int MaxEntries = 50_000;

    // For all senders that the table has no room for.
    private static readonly Sender Rest = new("the rest", UInt128.Zero, false, null);

    private readonly ConcurrentDictionary<Sender, long> _fullAt = new();
    private int _sweeping;

    /// <summary>Takes one. Null if it was available; otherwise the time until one is.</summary>
    /// <param name="kind">What is limited, such as <c>pushed_request</c>.</param>
    /// <param name="address">The sender; IPv6 by its /64.</param>
    /// <param name="client">The client, if each has its own allowance.</param>
    public TimeSpan? TryTake(string kind, IPAddress? address, string? client, WriteLimit limit) =>
        Take(Sender.Of(kind, address, client), limit, isTaken: true);

    /// <summary>The time until one is available, or null if one is available now. Takes none.</summary>
    public TimeSpan? Wait(string kind, IPAddress? address, string? client, WriteLimit limit) =>
        Take(Sender.Of(kind, address, client), limit, isTaken: false);

    // The generic cell rate algorithm (ITU-T I.371): one timestamp per sender, at which its allowance is full again.
    private TimeSpan? Take(Sender key, WriteLimit limit, bool isTaken)
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
                key = Rest;
                continue;
            }
            if (known ? _fullAt.TryUpdate(key, next, fullAt) : _fullAt.TryAdd(key, next))
                return null;
        }
    }

    // Removes senders whose allowance is full again. False if that made no room.
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

    /// <param name="Network">IPv4 as mapped into IPv6; IPv6 by its /64.</param>
    private readonly record struct Sender(string Kind, UInt128 Network, bool IsKnown, string? Client)
    {
        public static Sender Of(string kind, IPAddress? address, string? client)
        {
            if (address is null)
                return new(kind, UInt128.Zero, IsKnown: false, client);
            Span<byte> bytes = stackalloc byte[16];
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                address.TryWriteBytes(bytes, out _);
                if (!address.IsIPv4MappedToIPv6)
                    bytes[8..].Clear();
            }
            else
            {
                bytes[..10].Clear();
                bytes[10..12].Fill(0xff);
                address.TryWriteBytes(bytes[12..], out _);
            }
            return new(kind, BinaryPrimitives.ReadUInt128BigEndian(bytes), IsKnown: true, client);
        }
    }
}
