using Identity.IntegrationTests.Audit;
using Identity.Testing;

namespace Identity.IntegrationTests.Data;

/// <summary>db/monitoring.sql, exact at the borders (DT-1..3). Each test has a database of its own, and looks through
/// the application's role.</summary>
public sealed class MonitoringTests
{
    private const string Login =
        "INSERT INTO audit_logs (user_id, event_type, event_status, ip_address, details, created_at) ";

    [Theory]
    [InlineData(100, "0 seconds", 0)]
    [InlineData(101, "0 seconds", 1)]
    [InlineData(101, "299 seconds", 1)]
    [InlineData(101, "300 seconds", 0)]
    public async Task A_hundred_failed_logins_in_five_minutes_are_silent_and_one_more_is_one_alert(
        int count,
        string ago,
        int alerts
    )
    {
        await using var db = await DatabaseAsync();

        await db.ExecuteAsync(
            Login
                + "SELECT NULL, 'login', CASE WHEN n % 2 = 0 THEN 'failure' ELSE 'blocked' END, NULL, '{}', "
                + "'2026-03-01 12:00+00'::timestamptz - @ago::interval FROM generate_series(1, @count) n",
            ("count", count),
            ("ago", ago)
        );
        await db.ExecuteAsync(
            Login + "SELECT NULL, 'login', 'success', NULL, '{}', '2026-03-01 12:00+00' FROM generate_series(1, 500)"
        );

        Assert.Equal(alerts, await CountAsync(db, "monitoring.brute_force('2026-03-01 12:00+00')"));
    }

    [Theory]
    [InlineData(20, "10.0.0.7", 0)]
    [InlineData(21, "10.0.0.7", 1)]
    [InlineData(21, "2001:db8:1:2::7", 1)]
    public async Task Twenty_accounts_from_one_address_are_silent_and_one_more_is_an_alert_unknown_accounts_included(
        int accounts,
        string address,
        int alerts
    )
    {
        await using var db = await DatabaseAsync();

        // Half are accounts, half are not; each is tried three times.
        await db.ExecuteAsync(
            Login
                + """
                SELECT CASE WHEN n % 2 = 0 THEN md5(n::text)::uuid END, 'login', 'failure',
                    @address::inet + (CASE family(@address::inet) WHEN 6 THEN n ELSE 0 END),
                       CASE WHEN n % 2 = 1 THEN jsonb_build_object('account_hash', md5(n::text))
                           ELSE '{}' END, now() - interval '59 minutes'
                FROM generate_series(1, @accounts) n, generate_series(1, 3)
                """,
            ("accounts", accounts),
            ("address", address)
        );
        await db.ExecuteAsync(
            Login
                + "SELECT gen_random_uuid(), 'login', 'failure', '10.0.0.8', '{}', now() - interval '61 minutes' FROM "
                + "generate_series(1, 50)"
        );
        await db.ExecuteAsync(
            Login
                + "SELECT gen_random_uuid(), 'login', 'failure', '10.1.0.0'::inet + n, '{}', now() FROM "
                + "generate_series(1, 50) n"
        );

        Assert.Equal(alerts, await CountAsync(db, "monitoring.credential_stuffing()"));
        Assert.Equal(alerts, await CountAsync(db, "monitoring.alerts WHERE alert = 'credential_stuffing'"));
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public async Task Ten_active_sessions_of_a_person_are_silent_and_one_more_is_an_alert(int sessions, int alerts)
    {
        await using var db = await DatabaseAsync();

        await SessionsAsync(db, sessions, "1 hour");
        await SessionsAsync(db, 5, "1 hour");
        await db.ExecuteAsync(
            "INSERT INTO sessions (user_id, token_hash, created_at, expires_at) SELECT id, "
                + "sha256(gen_random_uuid()::text::bytea), now() - interval '2 hours', now() - interval '1 second' "
                + "FROM users, generate_series(1, 9)"
        );
        // What clients hold for offline access is no sign-in.
        await db.ExecuteAsync(
            "INSERT INTO sessions (user_id, token_hash, client_id, expires_at) SELECT id, "
                + "sha256(gen_random_uuid()::text::bytea), 'shop', now() + interval '1 hour' FROM users, "
                + "generate_series(1, 20)"
        );

        await AuditInstance.JobsOf(db.Database).RunAsync("session-counts", default);

        Assert.Equal(alerts, await CountAsync(db, "monitoring.anomalous_sessions()"));
        Assert.Equal(alerts, await CountAsync(db, "monitoring.alerts"));
    }

    [Fact]
    public async Task The_five_metrics_say_their_value_and_whether_the_target_is_met()
    {
        await using var db = await DatabaseAsync();
        await SessionsAsync(db, 4, "1 hour");
        await SessionsAsync(db, 1, "1 hour");
        await db.ExecuteAsync(
            "INSERT INTO sessions (user_id, token_hash, client_id, expires_at) SELECT id, "
                + "sha256(gen_random_uuid()::text::bytea), 'shop', now() + interval '1 hour' FROM users, "
                + "generate_series(1, 3)"
        );
        await db.ExecuteAsync(
            Login
                + "SELECT NULL, 'login', CASE WHEN n <= 6 THEN 'failure' ELSE 'success' END, NULL, '{}', now() FROM "
                + "generate_series(1, 100) n"
        );
        await db.ExecuteAsync(Login + "SELECT id, 'account_locked', 'success', NULL, '{}', now() FROM users LIMIT 1");

        var metrics = await db.Database.QueryAsync(
            "SELECT metric, value, met FROM monitoring.metrics ORDER BY metric",
            static row => (row.GetString(0), row.GetDecimal(1), row.GetBoolean(2)),
            CancellationToken.None
        );

        Assert.Equal(5, metrics.Count);
        Assert.Equal(("account_lockouts", 50m, false), metrics[0]);
        Assert.Equal(("active_sessions_per_user", 2.5m, true), metrics[1]);
        Assert.Equal(("authentication_success_rate", 94m, false), metrics[2]);
        Assert.Equal(("failed_login_rate", 6m, false), metrics[3]);
        Assert.Equal(("session_validation", true), (metrics[4].Item1, metrics[4].Item3));
        Assert.InRange(metrics[4].Item2, 0.0001m, 5m);
    }

    [Fact]
    public async Task With_no_traffic_there_is_no_figure_and_no_alert_and_the_file_may_run_again()
    {
        await using var db = await DatabaseAsync();

        Assert.Equal((0, ""), await RunQuietlyAsync(db));
        Assert.Equal(5, await CountAsync(db, "monitoring.metrics WHERE met IS NULL"));
        Assert.Equal(0, await CountAsync(db, "monitoring.alerts"));
    }

    private static async Task<TestDatabase> DatabaseAsync()
    {
        var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Assert.Equal((0, ""), await RunQuietlyAsync(db));
        return db;
    }

    private static async Task<(int, string)> RunQuietlyAsync(TestDatabase db)
    {
        var (exitCode, output) = await Psql.RunFileAsync(db.OwnerConnectionString, "db/monitoring.sql");
        return (
            exitCode,
            string.Join(
                '\n',
                output
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Where(static line => !line.Contains("NOTICE", StringComparison.Ordinal))
            )
        );
    }

    private static async Task<long> CountAsync(TestDatabase db, string source)
    {
        await using var command = db.Application.CreateCommand($"SELECT count(*) FROM {source}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static Task SessionsAsync(TestDatabase db, int count, string left) =>
        db.ExecuteAsync(
            """
            WITH person AS (INSERT INTO users (email) VALUES (gen_random_uuid() || '@example.org') RETURNING id)
            INSERT INTO sessions (user_id, token_hash, expires_at)
                SELECT person.id, sha256(gen_random_uuid()::text::bytea), now() + @left::interval
                FROM person, generate_series(1, @count)
            """,
            ("count", count),
            ("left", left)
        );
}
