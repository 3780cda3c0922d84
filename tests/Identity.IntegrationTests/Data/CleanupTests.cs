using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Data;

/// <summary>Each test has a database of its own: it counts every row that a clean-up touches.</summary>
public sealed class CleanupTests
{
    [Fact]
    public async Task Expired_sessions_end_ten_thousand_at_a_time_with_their_tokens_and_an_audit_row_each()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 10_003, expired: true);
        await SessionsAsync(db, 2, expired: false);
        await db.ExecuteAsync(
            "INSERT INTO refresh_tokens (session_id, token_hash, family_id, client_id) SELECT id, "
                + "sha256(id::text::bytea), id, 'web' FROM sessions"
        );

        var ended = new[]
        {
            await CallAsync(db, "cleanup_expired_sessions"),
            await CallAsync(db, "cleanup_expired_sessions"),
            await CallAsync(db, "cleanup_expired_sessions"),
        };

        Assert.Equal([10_000, 3, 0], ended);
        Assert.Equal(2, await db.ScalarAsync<long>("SELECT count(*) FROM sessions WHERE is_active"));
        Assert.Equal(2, await db.ScalarAsync<long>("SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NULL"));
        Assert.Equal(
            10_003,
            await db.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'session_expired' AND details ->> 'reason' = "
                    + "'expired'"
            )
        );
    }

    [Fact]
    public async Task A_session_that_somebody_holds_is_passed_over_and_ends_the_next_time()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 5, expired: true);
        int first;
        await using (var holder = await db.Application.OpenConnectionAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using (
                var hold = new NpgsqlCommand("SELECT id FROM sessions LIMIT 1 FOR UPDATE", holder, transaction)
            )
                await hold.ExecuteScalarAsync();
            first = await CallAsync(db, "cleanup_expired_sessions");
        }

        Assert.Equal(4, first);
        Assert.Equal(1, await CallAsync(db, "cleanup_expired_sessions"));
    }

    [Fact]
    public async Task Two_cleanups_at_once_share_the_work_and_end_nothing_twice()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 12_000, expired: true);

        var ended = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                    await CallAsync(db, "cleanup_expired_sessions") + await CallAsync(db, "cleanup_expired_sessions")
                )
        );

        Assert.Equal(12_000, ended.Sum());
        Assert.Equal(12_000, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
    }

    [Theory]
    [InlineData(
        "password_reset_tokens",
        "INSERT INTO password_reset_tokens (user_id, token_hash, expires_at) SELECT user_id, sha256(n::text::bytea), "
            + "now() - @age FROM sessions, generate_series(1, @count) n",
        7
    )]
    [InlineData(
        "email_verification_tokens",
        "INSERT INTO email_verification_tokens (user_id, email, token_hash, expires_at) SELECT user_id, 'a@b.test', "
            + "sha256(n::text::bytea), now() - @age FROM sessions, generate_series(1, @count) n",
        7
    )]
    [InlineData(
        "refresh_tokens",
        "INSERT INTO refresh_tokens (session_id, token_hash, family_id, client_id, expires_at) SELECT id, "
            + "sha256(n::text::bytea), gen_random_uuid(), 'web', now() - @age FROM sessions, generate_series(1, "
            + "@count) n",
        30
    )]
    public async Task Tokens_are_kept_for_their_days_after_expiry_and_then_go_ten_thousand_at_a_time(
        string table,
        string insert,
        int days
    )
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 1, expired: false);
        await db.ExecuteAsync(insert, ("age", TimeSpan.FromDays(days) + TimeSpan.FromMinutes(1)), ("count", 10_001));
        await db.ExecuteAsync(
            insert.Replace("n::text", "(n + 1000000)::text", StringComparison.Ordinal),
            ("age", TimeSpan.FromDays(days) - TimeSpan.FromMinutes(1)),
            ("count", 7)
        );

        var removed = new[]
        {
            await CallAsync(db, "cleanup_expired_tokens"),
            await CallAsync(db, "cleanup_expired_tokens"),
            await CallAsync(db, "cleanup_expired_tokens"),
        };

        Assert.Equal([10_000, 1, 0], removed);
        Assert.Equal(7, await db.ScalarAsync<long>($"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task The_application_makes_audit_partitions_ahead_drops_them_after_retention_and_never_within_30_days()
    {
        await using var db = await DatabaseAsync();
        await db.ExecuteAsync(
            "CREATE TABLE idp.audit_logs_2020_01 PARTITION OF audit_logs FOR VALUES FROM ('2020-01-01 00:00+00') TO "
                + "('2020-02-01 00:00+00')"
        );
        await db.ExecuteAsync(
            "INSERT INTO audit_logs (event_type, event_status, created_at) VALUES ('login', 'success', '2020-01-31 "
                + "23:59:59+00'), ('login', 'success', now())"
        );

        Assert.Equal(3, await CallAsync(db, "idp.ensure_audit_partitions", "9"));
        Assert.Equal(0, await CallAsync(db, "idp.ensure_audit_partitions", "9"));
        await Assert.ThrowsAsync<PostgresException>(() =>
            CallAsync(db, "idp.drop_audit_partitions", "interval '29 days'")
        );
        Assert.Equal(1, await CallAsync(db, "idp.drop_audit_partitions", "interval '90 days'"));
        Assert.Equal(1, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
    }

    [Fact]
    public async Task Any_change_of_a_person_moves_updated_at()
    {
        await using var db = await DatabaseAsync();
        await db.ExecuteAsync(
            "INSERT INTO users (email, updated_at) VALUES ('ada@example.org', '2020-01-01 00:00+00')"
        );

        await db.ExecuteAsync("UPDATE users SET name = 'Ada', updated_at = '2020-01-01 00:00+00'");

        Assert.True(await db.ScalarAsync<bool>("SELECT updated_at > now() - interval '1 minute' FROM users"));
    }

    private static async Task<TestDatabase> DatabaseAsync() =>
        await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    private static async Task<int> CallAsync(TestDatabase db, string function, string argument = "")
    {
        await using var command = db.Application.CreateCommand($"SELECT {function}({argument})");
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private static Task SessionsAsync(TestDatabase db, int count, bool expired) =>
        db.ExecuteAsync(
            """
            WITH person AS (INSERT INTO users (email) VALUES (gen_random_uuid() || '@example.org') RETURNING id)
            INSERT INTO sessions (user_id, token_hash, created_at, expires_at)
            SELECT person.id, sha256(gen_random_uuid()::text::bytea), now() - interval '2 days', now() + CASE
                WHEN @expired THEN interval '-1 second' ELSE interval '1 day' END
            FROM person, generate_series(1, @count)
            """,
            ("count", count),
            ("expired", expired)
        );
}
