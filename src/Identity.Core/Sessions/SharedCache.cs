using System.Globalization;
using Identity.Core.Primitives;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Identity.Core.Sessions;

/// <summary>Redis, left alone for some seconds after it has failed, so that its outage costs a request in a while and
/// not each one. Whatever it does not answer counts as absent.</summary>
internal sealed class SharedCache : IDistributedCache, IServiceWarning, IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    // A database in the same network answers in under a millisecond: a longer wait costs more than it saves.
    private const int AnswerMilliseconds = 250;
    private const int ConnectMilliseconds = 1000;

    private readonly RedisCache _redis;
    private readonly FailingSince _failing;
    private readonly TimeProvider _time;
    private readonly ILogger<SharedCache> _logger;
    private long _restsUntil;

    public SharedCache(IOptions<SessionCacheOptions> options, TimeProvider time, ILogger<SharedCache> logger)
    {
        var address = ConfigurationOptions.Parse(options.Value.Redis!);
        address.AbortOnConnectFail = false;
        address.BacklogPolicy = BacklogPolicy.FailFast;
        address.ConnectTimeout = ConnectMilliseconds;
        address.AsyncTimeout = address.SyncTimeout = AnswerMilliseconds;
        address.ClientName ??= "identity";
        _redis = new(new RedisCacheOptions { ConfigurationOptions = address });
        _failing = new(time);
        (_time, _logger) = (time, logger);
    }

    /// <inheritdoc />
    public Task<string?> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            _failing.Value is { } since
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"the cache of sessions has not answered since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}"
                )
                : null
        );

    /// <inheritdoc />
    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
        AskAsync(() => _redis.GetAsync(key, token));

    /// <inheritdoc />
    public Task SetAsync(
        string key,
        byte[] value,
        DistributedCacheEntryOptions options,
        CancellationToken token = default
    ) => AskAsync(() => _redis.SetAsync(key, value, options, token));

    /// <inheritdoc />
    public Task RefreshAsync(string key, CancellationToken token = default) =>
        AskAsync(() => _redis.RefreshAsync(key, token));

    /// <inheritdoc />
    public Task RemoveAsync(string key, CancellationToken token = default) =>
        AskAsync(() => _redis.RemoveAsync(key, token));

    /// <inheritdoc />
    public byte[]? Get(string key) => throw Blocking();

    /// <inheritdoc />
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw Blocking();

    /// <inheritdoc />
    public void Refresh(string key) => throw Blocking();

    /// <inheritdoc />
    public void Remove(string key) => throw Blocking();

    /// <inheritdoc />
    public void Dispose() => _redis.Dispose();

    private Task<bool> AskAsync(Func<Task> ask) =>
        AskAsync(async () =>
        {
            await ask();
            return true;
        });

    private async Task<T?> AskAsync<T>(Func<Task<T?>> ask)
    {
        if (_time.GetUtcNow().UtcTicks < Interlocked.Read(ref _restsUntil))
            return default;
        try
        {
            var answer = await ask();
            if (_failing.Succeed())
                Log.CacheAnswersAgain(_logger);
            return answer;
        }
        catch (Exception failure)
            when (failure is RedisException or RedisTimeoutException or TimeoutException or ObjectDisposedException)
        {
            Interlocked.Exchange(ref _restsUntil, (_time.GetUtcNow() + Rest).UtcTicks);
            if (_failing.Fail())
                Log.CacheSilent(_logger, failure.GetType().Name);
            return default;
        }
    }

    private static NotSupportedException Blocking() => new("Nothing here may block a thread.");
}
