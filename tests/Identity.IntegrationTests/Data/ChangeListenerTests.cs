using System.Threading.Channels;
using Identity.Core.Data;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.IntegrationTests.Data;

/// <summary>What is true at the moment when an instance listens again.</summary>
public sealed class ChangeListenerTests
{
    [Fact]
    public async Task After_a_break_the_channels_hear_of_it_first_and_by_the_clock_of_the_server_that_answers()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using ListenerConnection connection = new(database.ConnectionString);
        ListenerState state = new(TimeProvider.System);
        DatabaseClock clock = new(TimeProvider.System);
        Recorder recorder = new(state, clock);
        using ChangeListener listener = new(
            connection,
            clock,
            state,
            [],
            [recorder],
            NullLogger<ChangeListener>.Instance
        );
        await listener.StartAsync(default);
        await recorder.NextAsync();

        // The server so far was an hour ahead of the one that takes over.
        clock.Accept(TimeProvider.System.GetUtcNow().AddHours(1), clock.GetTimestamp());
        await CutAsync(database);
        var (isInterrupted, at) = await recorder.NextAsync();
        await listener.StopAsync(default);

        Assert.True(isInterrupted);
        Assert.True((at - TimeProvider.System.GetUtcNow()).Duration() < TimeSpan.FromMinutes(1), $"{at:O}");
    }

    [Fact]
    public async Task A_slow_reload_delays_no_notification_and_runs_once_more_for_all_that_came_meanwhile()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using ListenerConnection connection = new(database.ConnectionString);
        ListenerState state = new(TimeProvider.System);
        DatabaseClock clock = new(TimeProvider.System);
        Recorder recorder = new(state, clock);
        SlowSubscriber slow = new();
        using ChangeListener listener = new(
            connection,
            clock,
            state,
            [slow],
            [recorder],
            NullLogger<ChangeListener>.Instance
        );
        await listener.StartAsync(default);
        await recorder.NextAsync();
        await slow.BegunAsync();

        await database.ExecuteAsync("NOTIFY identity_changed, 'slow'; NOTIFY identity_changed, 'other'");
        await database.ExecuteAsync("NOTIFY identity_changed, 'slow'; NOTIFY identity_test, 'news'");
        await recorder.NextAsync();
        var whileItReloads = slow.Begun;
        slow.LetGo();
        await slow.BegunAsync();
        slow.LetGo();
        await listener.StopAsync(default);

        Assert.Equal(1, whileItReloads);
        Assert.Equal(2, slow.Begun);
    }

    private static async Task CutAsync(TestDatabase database)
    {
        await using var super = NpgsqlDataSource.Create(database.SuperUserConnectionString);
        await using var cut = super.CreateCommand(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND query LIKE 'LISTEN identity_changed%'"
        );
        await cut.ExecuteNonQueryAsync();
    }

    private sealed class Recorder(ListenerState state, DatabaseClock clock) : IChannelSubscriber
    {
        private readonly Channel<(bool IsInterrupted, DateTimeOffset At)> _signals = Channel.CreateUnbounded<(
            bool,
            DateTimeOffset
        )>();

        public string ChannelName => "identity_test";

        public void Signal() => _signals.Writer.TryWrite((state.Interruption.Value is not null, clock.GetUtcNow()));

        public async Task<(bool IsInterrupted, DateTimeOffset At)> NextAsync()
        {
            using CancellationTokenSource over = new(TimeSpan.FromSeconds(20));
            return await _signals.Reader.ReadAsync(over.Token);
        }
    }

    // Its reload takes as long as the test wants.
    private sealed class SlowSubscriber : IChangeSubscriber
    {
        private readonly Channel<bool> _begun = Channel.CreateUnbounded<bool>();
        private readonly Channel<bool> _mayEnd = Channel.CreateUnbounded<bool>();
        private int _count;

        public IReadOnlySet<string> Tables { get; } = new HashSet<string>(StringComparer.Ordinal) { "slow" };

        public int Begun => Volatile.Read(ref _count);

        public async Task ReloadAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            _begun.Writer.TryWrite(true);
            await _mayEnd.Reader.ReadAsync(cancellationToken);
        }

        public Task BegunAsync() => _begun.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        public void LetGo() => _mayEnd.Writer.TryWrite(true);
    }
}
