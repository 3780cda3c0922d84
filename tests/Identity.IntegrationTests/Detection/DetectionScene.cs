using Identity.Core.Detection;
using Identity.Testing;

namespace Identity.IntegrationTests.Detection;

/// <summary>Two instances that look for the same things over one database of their own, and what happened
/// there.</summary>
internal sealed class DetectionScene : IAsyncDisposable
{
    public const string Operator = "operator@example.org";

    private DetectionScene(TestDatabase database)
    {
        Database = database;
        // Nothing seals the audit log here.
        (string, string)[] settings =
        [
            ("Identity:Detection:MailTo:0", Operator),
            ("Identity:Detection:Off:0", "unsealed_audit"),
        ];
        (One, Two) = (new(database, settings), new(database, settings));
    }

    public TestDatabase Database { get; }

    public Rooms One { get; }

    public Rooms Two { get; }

    public static async Task<DetectionScene> CreateAsync() =>
        new(await (await PostgresCluster.GetAsync()).CreateDatabaseAsync());

    /// <summary>Looks once, on an instance that nobody competes with.</summary>
    public async Task<DetectionRun> LookAsync() => (await One.Get<Detector>().RunAsync(default))!;

    public Task<List<Alert>> AlertsAsync() => One.Get<AlertStore>().ListAsync(false, null, 500, default);

    /// <summary>Failed sign-ins of as many accounts from one address, so many seconds ago.</summary>
    public Task FailAsync(int count, double ago, string? address = null) =>
        Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, ip_address, details, created_at)
            SELECT 'login', CASE WHEN n % 2 = 0 THEN 'failure' ELSE 'blocked' END, @address::inet,
                jsonb_build_object('account_hash', md5(n::text)), clock_timestamp() - make_interval(secs => @ago)
            FROM generate_series(1, @count) n
            """,
            ("count", count),
            ("ago", ago),
            ("address", (object?)address ?? DBNull.Value)
        );

    /// <summary>Active sessions of one new person.</summary>
    public Task<Guid> SessionsAsync(int count) =>
        Database.ScalarAsync<Guid>(
            """
            WITH person AS (INSERT INTO users (email) VALUES (gen_random_uuid() || '@example.org') RETURNING id),
            opened AS (INSERT INTO sessions (user_id, token_hash, expires_at)
                SELECT id, sha256((id::text || n)::bytea), now() + interval '1 hour'
                FROM person, generate_series(1, @count) n)
            SELECT id FROM person
            """,
            ("count", count)
        );

    /// <summary>As if so much time had passed since the last run and what it found.</summary>
    public Task AgeAsync(TimeSpan by) =>
        Database.ExecuteAsync(
            """
            UPDATE idp.detection_progress SET covered_until = covered_until - @by;
            UPDATE idp.alerts SET opened_at = opened_at - @by, last_seen_at = last_seen_at - @by,
                closed_at = closed_at - @by;
            UPDATE audit_logs SET created_at = created_at - @by
            """,
            ("by", by)
        );

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Database.DisposeAsync();
    }
}
