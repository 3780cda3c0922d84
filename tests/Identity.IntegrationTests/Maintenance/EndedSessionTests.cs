using Identity.IntegrationTests.Audit;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Maintenance;

/// <summary>What is kept of sessions that ended, and for how long. Each test has a database of its own.</summary>
public sealed class EndedSessionTests
{
    [Fact]
    public async Task Ended_sessions_go_after_their_retention_with_all_that_hangs_on_them_over_many_batches()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 2_500, "91 days");
        await db.ExecuteAsync(
            """
            INSERT INTO refresh_tokens (session_id, token_hash, family_id, generation, client_id)
                SELECT id, sha256((id || '.' || g)::bytea), id, g, 'app' FROM sessions, generate_series(1, 3) g;
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, absolute_expires_at)
                SELECT id, user_id, id, 'app', '{}', expires_at FROM sessions;
            INSERT INTO idp.session_clients (session_id, client_id) SELECT id, 'app' FROM sessions;
            INSERT INTO idp.grants (id, kind, user_id, session_id, client_id)
                SELECT id, 'reference_token', user_id, id, 'app' FROM sessions
            """
        );
        await SessionsAsync(db, 3, "89 days");
        await SessionsAsync(db, 4, ended: null);

        var removed = await AuditInstance.JobsOf(db.Database).RunAsync("ended-sessions", default);

        Assert.Equal(2_500, removed);
        Assert.Equal(7, await db.ScalarAsync<long>("SELECT count(*) FROM sessions"));
        Assert.Equal(
            0,
            await db.ScalarAsync<long>(
                "SELECT (SELECT count(*) FROM refresh_tokens) + (SELECT count(*) FROM idp.token_families) + (SELECT "
                    + "count(*) FROM idp.session_clients) + (SELECT count(*) FROM idp.grants)"
            )
        );
    }

    [Fact]
    public async Task An_ended_session_that_somebody_holds_is_passed_over_and_goes_the_next_time()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 5, "91 days");
        var jobs = AuditInstance.JobsOf(db.Database);
        int? first;
        await using (var holder = await db.Application.OpenConnectionAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using NpgsqlCommand hold = new("SELECT id FROM sessions LIMIT 1 FOR UPDATE", holder, transaction);
            await hold.ExecuteScalarAsync();
            first = await jobs.RunAsync("ended-sessions", default);
        }

        var second = await jobs.RunAsync("ended-sessions", default);

        Assert.Equal((4, 1), (first, second));
    }

    [Fact]
    public async Task Who_has_many_sessions_is_found_and_forgotten_when_they_are_over()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 11, ended: null);
        await SessionsAsync(db, 3, ended: null);
        var jobs = AuditInstance.JobsOf(db.Database);

        await jobs.RunAsync("session-counts", default);
        var found = await db.ScalarAsync<int>("SELECT active FROM idp.session_counts");
        await db.ExecuteAsync("UPDATE sessions SET is_active = false");
        await jobs.RunAsync("session-counts", default);

        Assert.Equal(11, found);
        Assert.Equal(0, await db.ScalarAsync<long>("SELECT count(*) FROM idp.session_counts"));
    }

    private static Task<int> SessionsAsync(TestDatabase db, int count, string? ended) =>
        db.ExecuteAsync(
            """
            WITH person AS (INSERT INTO users (email) VALUES (gen_random_uuid() || '@example.org') RETURNING id)
            INSERT INTO sessions (user_id, token_hash, is_active, created_at, expires_at, revoked_at)
            SELECT person.id, sha256(gen_random_uuid()::text::bytea), @ended = '', now() - interval '100 days', now() +
                interval '1 day', now() - nullif(@ended, '')::interval
            FROM person, generate_series(1, @count)
            """,
            ("count", count),
            ("ended", ended ?? "")
        );

    private static async Task<TestDatabase> DatabaseAsync() =>
        await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
}
