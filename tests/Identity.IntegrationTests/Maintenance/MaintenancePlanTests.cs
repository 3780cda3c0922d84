using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Maintenance;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Maintenance;

/// <summary>
/// On tables where nothing is due, a job reads next to nothing: a walk through what is alive, or a table from end to
/// end, takes half a minute at ten million sessions. The tables here have hundreds of pages, a bounded statement reads
/// a handful.
/// </summary>
public sealed class MaintenancePlanTests(MaintenancePlanTests.Scene scene, ITestOutputHelper output)
    : IClassFixture<MaintenancePlanTests.Scene>
{
    private const int MaxBlocks = 120;

    public static TheoryData<string> Jobs => [.. MaintenanceJobs.BatchedJobs.Select(static job => job.Name)];

    [Theory]
    [MemberData(nameof(Jobs))]
    public async Task A_job_that_finds_nothing_to_do_reads_next_to_nothing(string name)
    {
        var job = MaintenanceJobs.BatchedJobs.Single(one => one.Name == name);

        var (blocks, plan) = await ExplainAsync(
            job.Sql,
            ("after", job.FirstPlace ?? ""),
            ("idle", TimeSpan.FromHours(2)),
            ("retention", TimeSpan.FromDays(90))
        );

        output.WriteLine(plan);
        // People's active sessions are walked in slices, by an index alone.
        Assert.True(blocks <= (name == "session-counts" ? 3 * MaxBlocks : MaxBlocks), $"{blocks} blocks");
        Assert.DoesNotContain(
            "\"Seq Scan\"",
            plan.Replace("session_counts", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("xyzzy")]
    [InlineData("xy")]
    [InlineData("")]
    public async Task A_search_of_people_goes_by_an_index(string text)
    {
        var (blocks, plan) = await ExplainAsync(UserStore.SearchSql(text), ("text", text), ("count", 50));

        output.WriteLine(plan);
        Assert.True(blocks <= MaxBlocks, $"{blocks} blocks");
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> OfOnePerson =>
        new()
        {
            { "the account at sign-in", UserStore.FindForSignInSql },
            { "whether the device is new", SessionRows.NewDevice },
            { "where the person is signed in", SessionStore.ListSql },
            { "the newest activity", AuditReader.PageSql },
            { "the activity of any page", AuditReader.PageSql },
        };

    [Theory]
    [MemberData(nameof(OfOnePerson))]
    public async Task What_is_asked_of_a_person_does_not_cost_more_with_their_history(string what, string sql)
    {
        var isNewest = what != "the activity of any page";

        var (blocks, plan) = await ExplainAsync(
            sql,
            ("email", "p7@example.org"),
            ("device", "unknown"),
            ("user_id", Scene.Person),
            ("idle", TimeSpan.FromHours(2)),
            ("retention", TimeSpan.FromDays(90)),
            ("types", new[] { "login", "logout" }),
            ("at", isNewest ? DateTimeOffset.MaxValue : TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(6)),
            ("id", Guid.Empty),
            ("count", 26)
        );

        output.WriteLine(plan);
        Assert.True(blocks <= MaxBlocks, $"{what}: {blocks} blocks");
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private async Task<(long Blocks, string Plan)> ExplainAsync(
        string sql,
        params (string Name, object Value)[] parameters
    )
    {
        await using var connection = await scene.Database.Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // What a table of ten million rows makes dear is dear here too.
        await using (
            NpgsqlCommand large = new("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off", connection)
        )
            await large.ExecuteNonQueryAsync();
        await using NpgsqlCommand command = new("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, connection);
        foreach (var (name, value) in parameters)
        {
            if (sql.Contains('@' + name, StringComparison.Ordinal))
                command.Parameters.AddWithValue(name, value);
        }
        // Twice: the first run reads the catalogue as well.
        await command.ExecuteScalarAsync();
        var text = (string)(await command.ExecuteScalarAsync())!;
        await transaction.RollbackAsync();
        using var plan = JsonDocument.Parse(text);
        var root = plan.RootElement[0].GetProperty("Plan");
        return (
            root.GetProperty("Shared Hit Blocks").GetInt64() + root.GetProperty("Shared Read Blocks").GetInt64(),
            text
        );
    }

    /// <summary>Twenty thousand rows of each kind that are alive.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        private readonly DatabaseFixture _fixture = new();

        public TestDatabase Database => _fixture.Database;

        /// <summary>Somebody with 300 ended sessions and 30,000 refreshes.</summary>
        public static Guid Person { get; } = new("6bce05df9831da7799a5edc4f7abfbec");

        public async Task InitializeAsync()
        {
            await _fixture.InitializeAsync();
            await Database.ExecuteAsync(
                """
                INSERT INTO users (id, email, name, created_at)
                    SELECT md5('u' || n)::uuid, 'p' || n || '@example.org', 'Person ' || n, now() - interval
                        '1 minute' * n
                    FROM generate_series(1, 20000) n;
                INSERT INTO sessions (id, user_id, token_hash, is_active, last_activity_at, expires_at, revoked_at,
                    device_fingerprint)
                    SELECT md5('s' || n)::uuid, md5('u' || n)::uuid, sha256(('s' || n)::bytea), n % 2 = 0,
                        CASE WHEN n % 2 = 0 THEN now() ELSE now() - interval '20 days' END, now() + interval '1 day',
                        CASE WHEN n % 2 = 1 THEN now() - interval '20 days' END, md5('d' || n)
                    FROM generate_series(1, 20000) n;
                INSERT INTO sessions (user_id, token_hash, is_active, last_activity_at, expires_at, revoked_at,
                    device_fingerprint)
                    SELECT md5('u7')::uuid, sha256(('h' || n)::bytea), false, now() - interval '20 days', now() +
                        interval
                        '1 day', now() - interval '20 days', md5('h' || n) FROM generate_series(1, 300) n;
                INSERT INTO audit_logs (user_id, event_type, event_status, created_at)
                    SELECT md5('u7')::uuid, CASE WHEN n % 100 = 0 THEN 'login' ELSE 'token_refreshed' END, 'success',
                        now() - interval '1 second' * n FROM generate_series(1, 30000) n;
                INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, absolute_expires_at)
                    SELECT md5('s' || n)::uuid, md5('u' || n)::uuid, md5('s' || n)::uuid, 'app', '{}', now() +
                        '1 day'::interval
                    FROM generate_series(1, 20000) n;
                INSERT INTO refresh_tokens (session_id, token_hash, family_id, client_id)
                    SELECT md5('s' || n)::uuid, sha256(('t' || n)::bytea), md5('s' || n)::uuid, 'app'
                    FROM generate_series(1, 20000) n;
                INSERT INTO idp.grants (id, kind, key_hash, user_id, client_id, expires_at)
                    SELECT md5('g' || n)::uuid, 'authorization_code', sha256(('g' || n)::bytea), md5('u' || n)::uuid,
                        'app',
                        now() + interval '1 hour' FROM generate_series(1, 20000) n;
                INSERT INTO idp.denials (key_hash, data, expires_at)
                    SELECT sha256(n::text::bytea), '{}', now() + interval '1 day' FROM generate_series(1, 20000) n;
                INSERT INTO idp.begun_requests (token_hash, client_id, parameters_protected, expires_at)
                    SELECT sha256(n::text::bytea), 'app', 'x', now() + interval '1 day' FROM generate_series(1,
                        20000) n;
                INSERT INTO idp.replay_guard (key_hash, expires_at)
                    SELECT sha256(n::text::bytea), now() + interval '1 day' FROM generate_series(1, 20000) n;
                INSERT INTO idp.throttle_counters (key, count, window_ends_at)
                    SELECT sha256(n::text::bytea), 1, now() + interval '1 day' FROM generate_series(1, 20000) n;
                INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason)
                    SELECT md5('s' || n)::uuid, md5('u' || n)::uuid, 'app', 'logout' FROM generate_series(1, 20000) n;
                INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, content_protected)
                    SELECT md5('m' || n)::uuid, 'new_device', sha256(n::text::bytea), false, 'x' FROM
                        generate_series(1, 20000) n;
                INSERT INTO password_reset_tokens (user_id, token_hash)
                    SELECT md5('u' || n)::uuid, sha256(n::text::bytea) FROM generate_series(1, 20000) n;
                INSERT INTO email_verification_tokens (user_id, email, token_hash)
                    SELECT md5('u' || n)::uuid, 'a@b.test', sha256(n::text::bytea) FROM generate_series(1, 20000) n
                """
            );
            await Database.ExecuteAsync("VACUUM (ANALYZE)");
        }

        public Task DisposeAsync() => _fixture.DisposeAsync();
    }
}
