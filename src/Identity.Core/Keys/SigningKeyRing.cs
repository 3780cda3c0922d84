using System.Security.Cryptography;
using Identity.Core.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Identity.Core.Keys;

/// <summary> The signing keys in memory, the same on every instance: read at start, followed by NOTIFY. Their states
/// follow the database's clock, which every read measures and <see cref="TimeProvider"/> extrapolates, so that
/// instances with different clocks agree on the signing key, and a clock that jumps is corrected.
/// </summary>
public sealed class SigningKeyRing : IChangeSubscriber, IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    private readonly Database _database;
    private readonly SigningKeyStore _store;
    private readonly KeysOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<SigningKeyRing> _logger;
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly Lock _signalling = new();
    private readonly ITimer _timer;

    private State _state = new([], TimeSpan.Zero, "The signing keys have not been read yet.");
    private CancellationTokenSource _change = new();
    private string _announced = string.Empty;

    internal SigningKeyRing(
        Database database,
        SigningKeyStore store,
        IOptions<KeysOptions> options,
        TimeProvider time,
        ILogger<SigningKeyRing> logger
    )
    {
        (_database, _store, _options, _time, _logger) = (database, store, options.Value, time, logger);
        _timer = time.CreateTimer(_ => SignalWhenChanged(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "signing_keys" };

    /// <summary>The keys that are in the key set now: announced, active and retired ones, oldest first.</summary>
    public IReadOnlyList<SigningKey> Published
    {
        get
        {
            var now = Now;
            return [.. Volatile.Read(ref _state).Keys.Where(key => key.StateAt(now) != SigningKeyState.Removed)];
        }
    }

    /// <summary>The algorithms of the published keys, in ordinal order: those that tokens may be signed with.</summary>
    public IReadOnlyList<string> PublishedAlgorithms =>
        [.. Published.Select(static key => key.Algorithm).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The database's time as estimated by this instance.</summary>
    public DateTimeOffset Now => _time.GetUtcNow() + Volatile.Read(ref _state).DatabaseAhead;

    /// <summary>The key that signs with this algorithm now: the newest active one.</summary>
    /// <exception cref="SigningKeyUnavailableException">There is none (KM-4).</exception>
    public SigningKey Current(string algorithm) =>
        Find(algorithm) ?? throw new SigningKeyUnavailableException(algorithm);

    /// <summary>As <see cref="Current"/>, or null.</summary>
    public SigningKey? Find(string algorithm)
    {
        var now = Now;
        SigningKey? youngest = null;
        foreach (var key in Volatile.Read(ref _state).Keys)
        {
            if (
                key.Algorithm == algorithm
                && key.StateAt(now) == SigningKeyState.Active
                && (youngest is null || key.ActivatesAt >= youngest.ActivatesAt)
            )
                youngest = key;
        }
        return youngest;
    }

    /// <summary>The configured algorithms.</summary>
    public IReadOnlyList<string> Algorithms => _options.EffectiveAlgorithms;

    /// <summary>Whether every configured algorithm can sign, and every published key could be read (KM-4).</summary>
    public bool IsReady => NotReadyReason is null;

    /// <summary>Why it is not ready, for the operator; null if it is.</summary>
    public string? NotReadyReason =>
        Volatile.Read(ref _state).Fault
        ?? (
            Algorithms.FirstOrDefault(algorithm => Find(algorithm) is null) is { } missing
                ? new SigningKeyUnavailableException(missing).Message
                : null
        );

    /// <summary>Fires when a key is added, removed or changes its state. The new state can be read before the token
    /// fires.</summary>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(Volatile.Read(ref _change).Token);

    /// <inheritdoc />
    public Task ReloadAsync(CancellationToken cancellationToken) => LoadAsync(strict: false, cancellationToken);

    /// <summary>Reads the keys.</summary>
    /// <param name="strict">Whether to throw if a current or future signing key was encrypted with a master key that
    /// this instance does not have: an instance must not start with the wrong one.</param>
    /// <exception cref="CryptographicException">With <paramref name="strict"/>: there is such a key.</exception>
    public async Task LoadAsync(bool strict, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            var ahead = await SigningKeyStore.NowAsync(_database, cancellationToken) - _time.GetUtcNow();
            var rows = await SigningKeyStore.ReadAsync(_database, cancellationToken);
            List<SigningKey> keys = [];
            List<string> faults = [];
            foreach (var row in rows)
            {
                if (
                    Unprotect(
                        row,
                        strict && row.StateAt(_time.GetUtcNow() + ahead) != SigningKeyState.Retired,
                        faults
                    ) is
                    { } key
                )
                    keys.Add(key);
            }
            if (faults.Count > 0)
                Log.KeysUnreadable(_logger, string.Join(' ', faults));
            Volatile.Write(ref _state, new State(keys, ahead, faults.Count > 0 ? string.Join(' ', faults) : null));
        }
        finally
        {
            _loading.Release();
        }
        SignalWhenChanged();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _loading.Dispose();
    }

    // A key that is already in memory is kept with its handle; only its times may have changed.
    private SigningKey? Unprotect(SigningKeyRow row, bool strict, List<string> faults)
    {
        if (
            Volatile
                .Read(ref _state)
                .Keys.FirstOrDefault(key =>
                    key.Kid == row.Kid
                    && key.Algorithm == row.Algorithm
                    && key.Row.PrivateProtected.AsSpan().SequenceEqual(row.PrivateProtected)
                ) is
            { } known
        )
            return known.With(row);
        try
        {
            return _store.Unprotect(row);
        }
        // The master key is right, so the row is damaged or planted. The other keys stay in use.
        catch (CryptographicException exception) when (!strict || _store.HasMasterKeyOf(row))
        {
            faults.Add($"Signing key {row.Kid} ({row.Algorithm}) cannot be decrypted: {exception.Message}");
            return null;
        }
        catch (CryptographicException exception)
        {
            throw new CryptographicException(
                $"Signing key {row.Kid} ({row.Algorithm}) cannot be decrypted. It was encrypted with master key "
                    + $"{row.MasterKeyId}: give that one as {KeysOptions.Section}:MasterKey or PreviousMasterKeys.",
                exception
            );
        }
    }

    // Called by the timer when a key changes its state, and after every read. Subscribers read the state again; a
    // failure of one must not stop the others.
    private void SignalWhenChanged()
    {
        CancellationTokenSource fired;
        lock (_signalling)
        {
            var now = Now;
            var keys = Volatile.Read(ref _state).Keys;
            WakeAtNextChange(keys, now);
            var state = string.Join(' ', keys.Select(key => $"{key.Kid}:{key.StateAt(now)}"));
            if (state == _announced)
                return;
            _announced = state;
            fired = _change;
            Volatile.Write(ref _change, new CancellationTokenSource());
        }
        try
        {
            fired.Cancel();
        }
        catch (AggregateException exception)
        {
            Log.FollowerFailed(_logger, exception);
        }
    }

    private void WakeAtNextChange(IReadOnlyList<SigningKey> keys, DateTimeOffset now)
    {
        var next = keys.SelectMany(static key => (DateTimeOffset[])[key.ActivatesAt, key.RetiresAt, key.RemovesAt])
            .Where(at => at > now)
            .DefaultIfEmpty(DateTimeOffset.MaxValue)
            .Min();
        var wait = next - now;
        _timer.Change(wait < MaxWait ? wait + TimeSpan.FromMilliseconds(1) : MaxWait, Timeout.InfiniteTimeSpan);
    }

    private sealed record State(IReadOnlyList<SigningKey> Keys, TimeSpan DatabaseAhead, string? Fault);
}
