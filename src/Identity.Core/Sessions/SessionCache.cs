using System.Collections.Concurrent;
using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace Identity.Core.Sessions;

/// <summary> Holds validated sessions for some seconds, in memory and in Redis if there is one. A change of a session
/// or its account is announced by NOTIFY, and this instance then refuses every entry that was read before: so an entry
/// needs no removal, and one that another instance writes late cannot revive what has ended. Entries are used only
/// while the notifications arrive. What is stored is encrypted and bound to the session's token.
/// </summary>
internal sealed class SessionCache(
    HybridCache cache,
    IOptions<SessionCacheOptions> options,
    ListenerState listener,
    DatabaseClock clock,
    MasterKey master
) : IChannelSubscriber
{
    private const string Purpose = "session_cache";

    // The database's time is usually known to some milliseconds; an entry that is refused too much costs one statement.
    private static readonly TimeSpan LeastMargin = TimeSpan.FromSeconds(1);

    private const int MostAccounts = 100_000;

    private readonly HybridCacheEntryOptions _read = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };
    private readonly HybridCacheEntryOptions _write = new()
    {
        Expiration = options.Value.Lifetime,
        LocalCacheExpiration = options.Value.Lifetime,
    };

    // By account: entries read up to this moment are no longer true.
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _changed = new();
    private long _nothingUntil = DateTimeOffset.MaxValue.UtcTicks;
    private long _sweptAt;

    /// <inheritdoc />
    public string ChannelName => "identity_session";

    // By an estimate that is late, an entry that was read before a change would seem to be newer.
    private TimeSpan Margin => LeastMargin + clock.Uncertainty;

    // Until the first LISTEN, and while the connection is down, a change would go unheard.
    private bool IsInformed => listener.Interruption.Value is null;

    /// <summary>The session of a token, if it was validated a moment ago and nothing has changed since.</summary>
    public async Task<ActiveSession?> FindAsync(Sha256Digest tokenHash, CancellationToken cancellationToken)
    {
        if (!IsInformed)
            return null;
        var key = KeyOf(tokenHash);
        var stored = await cache.GetOrCreateAsync<byte[]?>(
            key,
            static _ => ValueTask.FromResult<byte[]?>(null),
            _read,
            cancellationToken: cancellationToken
        );
        var session = stored is null ? null : Open(key, stored);
        var found = session is not null && IsTrue(session);
        SessionCacheMetrics.Count(found);
        // The age of a proof is measured against the moment of reading, which is now.
        return found ? session! with { ReadAt = clock.GetUtcNow() } : null;
    }

    /// <summary>Keeps a session that the database has just confirmed.</summary>
    public async Task KeepAsync(Sha256Digest tokenHash, ActiveSession session, CancellationToken cancellationToken)
    {
        if (!IsInformed)
            return;
        var key = KeyOf(tokenHash);
        var entry = master.Protect(Purpose, key, SessionCacheEntry.Write(session));
        await cache.SetAsync(key, entry, _write, cancellationToken: cancellationToken);
    }

    /// <summary>Notifications arrive from now on; what was announced before went unheard.</summary>
    public void Signal() => Interlocked.Exchange(ref _nothingUntil, (clock.GetUtcNow() + Margin).UtcTicks);

    /// <summary>The account with this id, or a session of it, has changed.</summary>
    public void Signal(string payload)
    {
        if (!Guid.TryParseExact(payload, "D", out var userId))
        {
            Signal();
            return;
        }

        if (_changed.Count >= MostAccounts)
        {
            // So many changes at once are an operator's act; the cache fills again within a lifetime.
            Signal();
            _changed.Clear();
            return;
        }

        _changed[userId] = clock.GetUtcNow() + Margin;
        Sweep();
    }

    private bool IsTrue(ActiveSession session)
    {
        var now = clock.GetUtcNow();
        return session.ReadAt > now - options.Value.Lifetime
            && session.ExpiresAt > now
            && session.ReadAt.UtcTicks > Interlocked.Read(ref _nothingUntil)
            && !(_changed.TryGetValue(session.UserId, out var changed) && session.ReadAt <= changed);
    }

    // What no entry can be older than is forgotten, once in a lifetime.
    private void Sweep()
    {
        var oldest = clock.GetUtcNow() - (2 * options.Value.Lifetime) - Margin;
        var swept = Interlocked.Read(ref _sweptAt);
        if (
            swept > oldest.UtcTicks
            || Interlocked.CompareExchange(ref _sweptAt, clock.GetUtcNow().UtcTicks, swept) != swept
        )
            return;
        foreach (var account in _changed.Where(entry => entry.Value < oldest))
            _changed.TryRemove(account);
    }

    // Another service holds the entry: it may be cut, of another version or of another key, and then counts as absent.
    private ActiveSession? Open(string key, byte[] stored)
    {
        try
        {
            return SessionCacheEntry.Read(master.Unprotect(Purpose, key, stored));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string KeyOf(Sha256Digest tokenHash) =>
        "identity:session:" + Convert.ToHexStringLower(tokenHash.Value);
}
