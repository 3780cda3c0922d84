using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Data;

public sealed class TransactionTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private Database Db => fixture.Database.Database;

    [Fact]
    public async Task Two_transactions_that_lock_each_other_out_both_commit_in_the_end()
    {
        var first = await UserAsync();
        var second = await UserAsync();
        using var both = new Barrier(2);
        var attempts = 0;

        await Task.WhenAll(CrossAsync(first, second), CrossAsync(second, first));

        Assert.Equal(3, attempts);
        Assert.Equal(
            2,
            await fixture.Database.ScalarAsync<int>(
                "SELECT failed_login_attempts FROM users WHERE id = @id",
                ("id", first)
            )
        );
        Assert.Equal(
            2,
            await fixture.Database.ScalarAsync<int>(
                "SELECT failed_login_attempts FROM users WHERE id = @id",
                ("id", second)
            )
        );

        Task CrossAsync(Guid one, Guid other) =>
            Task.Run(() =>
                Db.InTransactionAsync(
                    async (transaction, cancellationToken) =>
                    {
                        await CountAsync(transaction, one);
                        // Both hold their first row before either asks for its second; the attempt that is retried
                        // finds nobody to wait for.
                        if (Interlocked.Increment(ref attempts) <= 2)
                            both.SignalAndWait(TimeSpan.FromSeconds(20), cancellationToken);
                        await CountAsync(transaction, other);
                    },
                    CancellationToken.None
                )
            );
    }

    [Fact]
    public async Task A_command_of_its_own_that_a_deadlock_undid_is_run_again()
    {
        var (first, second) = (await UserAsync(), await UserAsync());
        await using var connection = await fixture.Database.Owner.OpenConnectionAsync();
        await using var other = await connection.BeginTransactionAsync();
        await CountRawAsync(second);

        // It holds the first row and waits for the second, and, having waited longest, is the one that gives way.
        var command = Db.ExecuteAsync(
            """
            WITH first AS (
                UPDATE users SET failed_login_attempts = failed_login_attempts + 1 WHERE id = @first RETURNING 1)
            UPDATE users SET failed_login_attempts = failed_login_attempts + 1
            WHERE id = @second AND (SELECT count(*) FROM first) = 1
            """,
            default,
            ("first", first),
            ("second", second)
        );
        await WaitingAsync();
        await CountRawAsync(first);
        await other.CommitAsync();

        Assert.Equal(1, await command);
        foreach (var user in new[] { first, second })
            Assert.Equal(
                2,
                await fixture.Database.ScalarAsync<int>(
                    "SELECT failed_login_attempts FROM users WHERE id = @id",
                    ("id", user)
                )
            );

        async Task CountRawAsync(Guid id)
        {
            await using NpgsqlCommand count = new(
                "UPDATE users SET failed_login_attempts = failed_login_attempts + 1 WHERE id = $1",
                connection,
                other
            );
            count.Parameters.Add(new() { Value = id });
            await count.ExecuteNonQueryAsync();
        }

        async Task WaitingAsync()
        {
            while (
                !await fixture.Database.ScalarAsync<bool>(
                    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                        + "WHERE NOT l.granted AND a.datname = current_database())"
                )
            )
                await Task.Delay(20);
        }
    }

    [Fact]
    public async Task A_conflict_that_never_ends_is_thrown_after_five_attempts()
    {
        var attempts = 0;

        var conflict = await Assert.ThrowsAsync<PostgresException>(() =>
            Db.InTransactionAsync(
                async (transaction, cancellationToken) =>
                {
                    attempts++;
                    await transaction.ExecuteAsync(
                        "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$",
                        cancellationToken
                    );
                },
                CancellationToken.None
            )
        );

        Assert.Equal((5, "40001"), (attempts, conflict.SqlState));
    }

    [Fact]
    public async Task A_failure_leaves_nothing_behind()
    {
        var user = await UserAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Db.InTransactionAsync(
                async (transaction, _) =>
                {
                    await CountAsync(transaction, user);
                    throw new InvalidOperationException("after the change");
                },
                CancellationToken.None
            )
        );

        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<int>(
                "SELECT failed_login_attempts FROM users WHERE id = @id",
                ("id", user)
            )
        );
    }

    [Fact]
    public async Task Commands_are_counted_where_they_are_sent_and_nowhere_else()
    {
        using var outer = SqlCommandCounter.Start();
        await UserAsync();
        int inside;
        using (var inner = SqlCommandCounter.Start())
        {
            await Task.Run(async () => await UserAsync());
            await UserAsync();
            inside = inner.Commands;
        }

        Assert.Equal((2, 3), (inside, outer.Commands));
    }

    private static Task CountAsync(DatabaseTransaction transaction, Guid user) =>
        transaction.ExecuteAsync(
            "UPDATE users SET failed_login_attempts = failed_login_attempts + 1 WHERE id = @id",
            CancellationToken.None,
            ("id", user)
        );

    private async Task<Guid> UserAsync() =>
        await Db.QuerySingleOrDefaultAsync(
            "INSERT INTO users (email) VALUES (@email) RETURNING id",
            static row => row.GetGuid(0),
            CancellationToken.None,
            ("email", $"{Guid.NewGuid():N}@example.org")
        );
}
