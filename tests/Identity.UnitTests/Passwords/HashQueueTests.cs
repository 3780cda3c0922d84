using System.Net;
using Identity.Core.Passwords;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Passwords;

/// <summary>The rules of the queue for hashes, with one place, a clock that is moved by hand and work that takes as
/// long as the test says.</summary>
public sealed class HashQueueTests : IDisposable
{
    private static readonly PasswordHasher Hasher = new(Options.Create(new PasswordOptions()));
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress There = IPAddress.Parse("192.0.2.2");

    private readonly HandClock _clock = new();
    private readonly HashQueue _queue;
    private readonly List<string> _order = [];

    public HashQueueTests() => _queue = new(Hasher, _clock, places: 1, firstHash: TimeSpan.FromMilliseconds(100));

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task DO_1_as_many_wait_as_can_be_hashed_while_a_person_waits_and_the_next_is_turned_away_at_once()
    {
        await MeasureAsync(TimeSpan.FromSeconds(1.9));
        using var place = await HoldAsync();
        var waiting = Enumerable.Range(0, 5).Select(n => EnterAsync($"{n}", Here)).ToArray();

        var flood = await EnterAsync("flood", Here);

        Assert.Equal((5, 5), (_queue.Capacity, _queue.Length));
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.IsType<HashTurn<bool>.Busy>(flood).RetryAfter);
        place.Release();
        Assert.All(await Task.WhenAll(waiting), static turn => Assert.IsType<HashTurn<bool>.Done>(turn));
        Assert.Equal(["0", "1", "2", "3", "4"], _order);
    }

    [Fact]
    public async Task DO_1_slower_hashes_make_a_shorter_queue_and_faster_ones_a_longer()
    {
        await MeasureAsync(TimeSpan.FromSeconds(1.9));
        var slow = _queue.Capacity;
        await MeasureAsync(TimeSpan.FromMilliseconds(245));
        var quick = _queue.Capacity;

        Assert.Equal((5, 40), (slow, quick));
    }

    [Fact]
    public async Task DO_1_who_waited_ten_seconds_is_turned_away_and_not_hashed_for()
    {
        using var place = await HoldAsync();
        var waiting = EnterAsync("late", Here);

        _clock.Move(TimeSpan.FromSeconds(9.9));
        Assert.False(waiting.IsCompleted);
        _clock.Move(TimeSpan.FromSeconds(0.1));

        Assert.IsType<HashTurn<bool>.Busy>(await waiting);
        place.Release();
        await EnterAsync("next", Here);
        Assert.Equal(["next"], _order);
    }

    [Fact]
    public async Task DO_1_addresses_take_turns_so_one_that_floods_delays_another_by_one_hash_a_turn()
    {
        using var place = await HoldAsync();
        var flood = Enumerable.Range(0, 4).Select(n => EnterAsync($"flood {n}", Here)).ToArray();
        var other = new[] { EnterAsync("other 0", There), EnterAsync("other 1", There) };

        place.Release();
        await Task.WhenAll([.. flood, .. other]);

        Assert.Equal(["flood 0", "other 0", "flood 1", "other 1", "flood 2", "flood 3"], _order);
    }

    [Fact]
    public async Task DO_1_a_queue_full_of_one_address_still_has_a_place_for_another()
    {
        await MeasureAsync(TimeSpan.FromSeconds(1.9));
        using var place = await HoldAsync();
        var flood = Enumerable.Range(0, 5).Select(n => EnterAsync($"flood {n}", Here)).ToArray();

        var other = EnterAsync("other", There);
        var displaced = await flood[^1];
        place.Release();

        Assert.IsType<HashTurn<bool>.Busy>(displaced);
        Assert.IsType<HashTurn<bool>.Done>(await other);
        Assert.All(await Task.WhenAll(flood[..^1]), static turn => Assert.IsType<HashTurn<bool>.Done>(turn));
    }

    [Fact]
    public async Task DO_1_who_goes_away_while_waiting_is_not_hashed_for_and_takes_no_place()
    {
        using var place = await HoldAsync();
        using var gone = new CancellationTokenSource();
        var waiting = EnterAsync("gone", Here, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, _queue.Length);
        place.Release();
        await EnterAsync("next", Here);
        Assert.Equal(["next"], _order);
    }

    [Fact]
    public async Task DO_1_who_goes_away_while_being_hashed_for_gets_the_result_all_the_same()
    {
        using var gone = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var running = _queue.RunAsync(
            () =>
            {
                begun.Set();
                go.Wait();
                return 7;
            },
            Here,
            gone.Token
        );
        begun.Wait();

        await gone.CancelAsync();
        go.Set();

        Assert.Equal(7, Assert.IsType<HashTurn<int>.Done>(await running).Value);
    }

    [Fact]
    public async Task A_hash_that_throws_is_thrown_to_its_caller_and_the_place_goes_on()
    {
        var failing = _queue.RunAsync<int>(() => throw new InvalidOperationException("broken"), Here, default);

        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);

        Assert.IsType<HashTurn<bool>.Done>(await EnterAsync("next", Here));
    }

    private Task<HashTurn<bool>> EnterAsync(
        string name,
        IPAddress from,
        CancellationToken cancellationToken = default
    ) =>
        _queue.RunAsync(
            () =>
            {
                _order.Add(name);
                return true;
            },
            from,
            cancellationToken
        );

    // Hashes until the mean is what one takes.
    private async Task MeasureAsync(TimeSpan ofOne)
    {
        for (var hash = 0; hash < 60; hash++)
            await _queue.RunAsync(
                () =>
                {
                    _clock.Move(ofOne);
                    return true;
                },
                null,
                default
            );
    }

    private async Task<HeldPlace> HoldAsync()
    {
        var held = new HeldPlace(_queue);
        await held.Begun;
        return held;
    }

    /// <summary>The one place, taken.</summary>
    private sealed class HeldPlace : IDisposable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();

        public HeldPlace(HashQueue queue) =>
            _ = queue.RunAsync(
                () =>
                {
                    _begun.SetResult();
                    _go.Wait();
                    return true;
                },
                null,
                default
            );

        public Task Begun => _begun.Task;

        public void Release() => _go.Set();

        public void Dispose() => _go.Set();
    }
}
