using System.Net;
using Identity.Core.Throttling;

namespace Identity.Core.Passwords;

/// <summary>The outcome of a queued hash.</summary>
public abstract record HashTurn<T>
{
    private HashTurn() { }

    /// <summary>The work was done.</summary>
    public sealed record Done(T Value) : HashTurn<T>;

    /// <summary>No turn came or none would come in time: answer 503 with Retry-After.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : HashTurn<T>;
}

/// <summary> Runs password hashes on dedicated threads, one fewer than there are cores, with a lower priority than
/// everything else, so that a flood of sign-ins slows neither tokens nor pages (DO-1, DO-3). Hashes of a burst wait as
/// long as a person would. The queue takes no more than can be hashed in that time, by the measured duration of a hash.
/// IP addresses take turns, so that an address that floods the queue delays only itself.
/// </summary>
public sealed class HashQueue : IDisposable
{
    /// <summary>How long a hash may wait for its turn: 10 seconds.</summary>
    public static TimeSpan MaxWait { get; } = TimeSpan.FromSeconds(10);

    // A new measurement has a weight of one fifth: a short pause of the machine does not shrink the queue, a lasting
    // change does.
    private const double Weight = 0.2;

    private readonly PasswordHasher _hasher;
    private readonly TimeProvider _time;
    private readonly int _places;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly FairQueue<HashTicket> _queue = new();
    private double _secondsOfOne;

    public HashQueue(PasswordHasher hasher, TimeProvider time)
        : this(hasher, time, Math.Max(1, Environment.ProcessorCount - 1), hasher.FirstHash) { }

    internal HashQueue(PasswordHasher hasher, TimeProvider time, int places, TimeSpan firstHash)
    {
        (_hasher, _time, _places) = (hasher, time, places);
        _secondsOfOne = Math.Max(firstHash.TotalSeconds, 0.001);
        for (var place = 0; place < places; place++)
            BackgroundThread.Start($"password hash {place}", Work);
    }

    /// <summary>The current capacity: as many as the threads finish within <see cref="MaxWait"/>.</summary>
    public int Capacity => Math.Max(1, (int)(MaxWait.TotalSeconds * _places / Volatile.Read(ref _secondsOfOne)));

    /// <summary>The number of waiting hashes.</summary>
    public int Length
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    /// <summary>A new hash.</summary>
    /// <param name="from">The address whose lane it uses.</param>
    /// <param name="cancellationToken">Ends the wait. Work that has begun is finished, and its result returned.</param>
    public Task<HashTurn<PasswordHash>> HashAsync(
        PlainTextPassword password,
        IPAddress? from,
        CancellationToken cancellationToken
    ) => RunAsync(() => _hasher.Hash(password), from, cancellationToken);

    /// <summary>A new hash if the queue is empty: for work that can be done another time.</summary>
    public Task<HashTurn<PasswordHash>> HashWhenIdleAsync(
        PlainTextPassword password,
        IPAddress? from,
        CancellationToken cancellationToken
    ) =>
        Length > 0
            ? Task.FromResult<HashTurn<PasswordHash>>(new HashTurn<PasswordHash>.Busy(Wait(Length)))
            : HashAsync(password, from, cancellationToken);

    /// <summary>Compares with a stored hash, which may be null.</summary>
    /// <inheritdoc cref="HashAsync" />
    public Task<HashTurn<PasswordVerification>> VerifyAsync(
        PlainTextPassword password,
        string? stored,
        IPAddress? from,
        CancellationToken cancellationToken
    ) => RunAsync(() => _hasher.Verify(password, stored), from, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _stop.Cancel();

    internal async Task<HashTurn<T>> RunAsync<T>(Func<T> work, IPAddress? from, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (sender, ticket) = (AttemptLimiter.Network(from), new HashTicket<T>(work));
        var began = _time.GetTimestamp();
        Enter(sender, ticket);
        try
        {
            return Noted(await ticket.Turn.WaitAsync(MaxWait, _time, cancellationToken), began);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // The turn may have come at the same moment. Then the work runs, and the caller needs its result because it
            // reserved an attempt.
            if (!TryLeave(sender, ticket))
                return Noted(await ticket.Turn, began);
            if (cancellationToken.IsCancellationRequested)
                throw;
            return Noted(new HashTurn<T>.Busy(Wait(Length)), began);
        }
    }

    private HashTurn<T> Noted<T>(HashTurn<T> turn, long began)
    {
        HashMetrics.Record(_time.GetElapsedTime(began), turn is HashTurn<T>.Done);
        return turn;
    }

    private void Enter(string sender, HashTicket ticket)
    {
        HashTicket? displaced;
        int length;
        lock (_gate)
        {
            displaced = _queue.Add(sender, ticket, Capacity);
            length = _queue.Count;
        }
        displaced?.TurnAway(Wait(length));
        if (displaced != ticket)
            _waiting.Release();
    }

    private bool TryLeave(string sender, HashTicket ticket)
    {
        lock (_gate)
            return _queue.Remove(sender, ticket);
    }

    private void Work()
    {
        try
        {
            while (true)
            {
                _waiting.Wait(_stop.Token);
                HashTicket? ticket;
                lock (_gate)
                    ticket = _queue.Take();
                if (ticket is null)
                    continue; // It left while it waited.
                var began = _time.GetTimestamp();
                ticket.Run();
                Measure(_time.GetElapsedTime(began));
            }
        }
        catch (OperationCanceledException)
        {
            // The program is ending.
        }
    }

    private void Measure(TimeSpan took)
    {
        lock (_gate)
            _secondsOfOne += Weight * (Math.Max(took.TotalSeconds, 0.001) - _secondsOfOne);
    }

    private TimeSpan Wait(int length) =>
        TimeSpan.FromSeconds(
            Math.Clamp(Math.Ceiling(length * Volatile.Read(ref _secondsOfOne) / _places), 1, MaxWait.TotalSeconds)
        );
}
