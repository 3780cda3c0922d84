using Identity.Core.Data;
using Npgsql;

namespace Identity.UnitTests.Data;

public sealed class StatementBatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<int[]> _sent = [];
    private readonly SemaphoreSlim _started = new(0);
    private TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task What_is_asked_while_a_statement_is_under_way_goes_together_with_the_next_one()
    {
        var batch = Batch();
        var first = batch.AskAsync(1, default);
        await _started.WaitAsync(Patience);
        Task<string?>[] others = [batch.AskAsync(2, default), batch.AskAsync(3, default)];

        _release.SetResult();

        Assert.Equal("1", await first.WaitAsync(Patience));
        Assert.Equal("2 3", string.Join(' ', await Task.WhenAll(others).WaitAsync(Patience)));
        Assert.Equal(
            [
                [1],
                [2, 3],
            ],
            _sent
        );
    }

    [Fact]
    public async Task Who_leaves_before_the_statement_goes_is_taken_out_of_it()
    {
        var batch = Batch();
        var first = batch.AskAsync(1, default);
        await _started.WaitAsync(Patience);
        using CancellationTokenSource leaving = new();
        var left = batch.AskAsync(2, leaving.Token);
        var stays = batch.AskAsync(3, default);

        await leaving.CancelAsync();
        _release.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal("1 3", string.Join(' ', await Task.WhenAll(first, stays).WaitAsync(Patience)));
        Assert.Equal(
            [
                [1],
                [3],
            ],
            _sent
        );
    }

    [Fact]
    public async Task Who_leaves_afterwards_waits_no_longer_and_the_others_get_their_answers()
    {
        var batch = Batch();
        using CancellationTokenSource leaving = new();
        var left = batch.AskAsync(1, leaving.Token);
        await _started.WaitAsync(Patience);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _release.SetResult();
        Assert.Equal("2", await batch.AskAsync(2, default).WaitAsync(Patience));
    }

    [Fact]
    public async Task A_refused_statement_gives_nobody_an_answer_and_each_goes_alone()
    {
        StatementBatch<int, string> batch = new(_ =>
            throw new PostgresException("bad", "ERROR", "ERROR", PostgresErrorCodes.CharacterNotInRepertoire)
        );

        Assert.Null(await batch.AskAsync(1, default).WaitAsync(Patience));
    }

    [Fact]
    public async Task A_connection_that_is_lost_is_told_to_all_because_nobody_knows_what_was_done()
    {
        StatementBatch<int, string> batch = new(_ => throw new NpgsqlException("lost"));

        await Assert.ThrowsAsync<NpgsqlException>(() => batch.AskAsync(1, default).WaitAsync(Patience));
        await Assert.ThrowsAsync<NpgsqlException>(() => batch.AskAsync(2, default).WaitAsync(Patience));
    }

    [Fact]
    public async Task No_statement_is_larger_than_the_most_and_what_is_beyond_the_queue_goes_alone()
    {
        var batch = Batch();
        var first = batch.AskAsync(0, default);
        await _started.WaitAsync(Patience);
        // Where the machine is slow, a second statement may have gone meanwhile with some of these.
        Task<string?>[] waiting =
        [
            .. Enumerable
                .Range(1, StatementBatch<int, string>.MaxWaiting + 2 * StatementBatch<int, string>.MaxSize)
                .Select(number => batch.AskAsync(number, default)),
        ];

        var refused = await batch.AskAsync(-1, default).WaitAsync(Patience);

        _release.SetResult();
        Assert.Null(refused);
        Assert.Equal("0", await first.WaitAsync(Patience));
        await Task.WhenAll(waiting).WaitAsync(Patience);
        Assert.All(_sent, static sent => Assert.InRange(sent.Length, 1, StatementBatch<int, string>.MaxSize));
    }

    [Fact]
    public async Task A_statement_that_is_slow_does_not_hold_up_what_comes_after_it()
    {
        var batch = Batch();
        var slow = batch.AskAsync(1, default);
        await _started.WaitAsync(Patience);
        var held = _release;
        await Task.Delay(StatementBatch<int, string>.Slow * 2);
        _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _release.SetResult();

        var quick = await batch.AskAsync(2, default).WaitAsync(Patience);

        Assert.Equal("2", quick);
        Assert.False(slow.IsCompleted);
        held.SetResult();
        Assert.Equal("1", await slow.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_request_counts_one_command_and_the_statement_none_for_whoever_came_first()
    {
        _release.SetResult();
        var batch = Batch();
        using var counter = SqlCommandCounter.Start();

        await batch.AskAsync(1, default).WaitAsync(Patience);

        Assert.Equal(1, counter.Commands);
    }

    private StatementBatch<int, string> Batch() =>
        new(async asked =>
        {
            var release = _release.Task;
            lock (_sent)
                _sent.Add([.. asked]);
            SqlCommandCounter.Count();
            _started.Release();
            await release;
            return [.. asked.Select(static number => $"{number}")];
        });
}
