using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Core.Detection;
using Identity.Core.Keys;
using Identity.Core.Monitoring;
using Identity.Testing;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Monitoring;

/// <summary>What the overview reads is bounded, whatever the history: each of its statements over tables in which a
/// statement without its index reads hundreds of blocks.</summary>
public sealed partial class OverviewPlanTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MaxBlocks = 60;

    private TestDatabase _database = null!;
    private Rooms _rooms = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _rooms = new(_database);
        await FillAsync();
    }

    public async Task DisposeAsync()
    {
        await _rooms.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task No_statement_of_the_overview_reads_the_history()
    {
        foreach (var span in SignInSpan.All)
            await BoundedAsync(ServiceOverview.SignInsSql, [], ("step", span.Step), ("length", span.Length));
        await BoundedAsync(ServiceOverview.RefusalsSql, ["denials_newest"], ("count", 5));
        await BoundedAsync(
            AlertStore.ListSql,
            ["alerts_open"],
            ("open", true),
            ("closed", false),
            ("at", SqlNull.Time(null)),
            ("id", SqlNull.Uuid(null)),
            ("count", 11)
        );
        // These three hold few rows at any time: one a figure, a day of instances, the keys that are published.
        await BoundedAsync(FigureStore.ReadSql, []);
        await BoundedAsync(
            InstanceRegistry.ListSql,
            [],
            ("gone", FigureStore.Gone),
            ("count", InstanceRegistry.MaxRows)
        );
        await BoundedAsync(SigningKeyStore.ReadSql, []);

        await TheOverviewHasNoOtherStatementAsync();
    }

    // Those above, and the time of the database with the keys. A new one gets its line above.
    private async Task TheOverviewHasNoOtherStatementAsync()
    {
        using var counter = SqlCommandCounter.Start();
        var everything = OperatorSteps.Everything;

        await _rooms.Get<AlertAdministration>().ListAsync(everything, AlertFilter.Open, null, 11, default);
        await _rooms.Get<ServiceOverview>().ReadAsync(everything, SignInSpan.Hour, default);
        await _rooms.Get<SigningKeyAdministration>().ListAsync(everything, default);

        Assert.Equal(7, counter.Commands);
    }

    private async Task BoundedAsync(string sql, string[] indexes, params (string, object?)[] parameters)
    {
        var lines = await _database.Database.QueryAsync(
            "EXPLAIN (ANALYZE, BUFFERS) " + sql,
            static row => row.GetString(0),
            default,
            parameters
        );
        var plan = string.Join('\n', lines);
        output.WriteLine(plan);
        Assert.InRange(BlocksOf(plan), 1, MaxBlocks);
        Assert.All(indexes, index => Assert.Contains(index, plan, StringComparison.Ordinal));
    }

    // The first line counts what the whole plan touched.
    private static int BlocksOf(string plan) =>
        Buffers()
            .Match(plan)
            .Groups[1]
            .Value.Split('=', ' ')
            .Sum(static part => int.TryParse(part, out var blocks) ? blocks : 0);

    // Events and refusals of days, a year of closed alerts before a few open ones that are older than all of them, and
    // instances that were restarted every minute for a day.
    private async Task FillAsync()
    {
        await _database.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, details, created_at)
            SELECT CASE WHEN n % 5 = 0 THEN 'login' ELSE 'token_refreshed' END, 'success', '{}',
                   now() - n * interval '40 seconds'
            FROM generate_series(1, 15000) n;
            INSERT INTO idp.denials (key_hash, client_id, data, created_at, expires_at)
            SELECT sha256(n::text::bytea), 'app', '{}', now() - n * interval '1 minute', now() + interval '1 day'
            FROM generate_series(1, 8000) n;
            INSERT INTO idp.alerts (id, rule, subject, value, threshold, opened_at, last_seen_at, closed_at)
            SELECT gen_random_uuid(), 'brute_force', n::text, 101, 100, at, at, CASE WHEN n <= 19980 THEN at END
            FROM generate_series(1, 20000) n, LATERAL (SELECT now() - n * interval '20 minutes' AS at) t;
            INSERT INTO idp.instances (id, host, version, started_at, seen_at)
            SELECT gen_random_uuid(), 'host-' || n, '1.0.0', at, at + interval '1 minute'
            FROM generate_series(1, 1440) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) t
            """
        );
        await _rooms.Get<FigureStore>().MeasureAsync(TimeSpan.Zero, default);
        while (await _rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default) is not null) { }
        foreach (var table in new[] { "audit_logs", "idp.denials", "idp.sign_in_minutes", "idp.alerts" })
            await _database.ExecuteAsync($"ANALYZE {table}");
    }

    [GeneratedRegex("Buffers: (.*)")]
    private static partial Regex Buffers();
}
