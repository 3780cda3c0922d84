using System.Text.RegularExpressions;
using Identity.Core.Monitoring;
using Identity.Testing;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Monitoring;

/// <summary>What the overview reads is bounded by an index, whatever the history.</summary>
public sealed class OverviewPlanTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_statement_of_the_overview_reads_the_history()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await db.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, details, created_at)
            SELECT CASE WHEN n % 5 = 0 THEN 'login' ELSE 'token_refreshed' END, 'success', '{}',
                   now() - n * interval '40 seconds'
            FROM generate_series(1, 15000) n
            """
        );
        await db.ExecuteAsync(
            """
            INSERT INTO idp.denials (key_hash, client_id, data, created_at, expires_at)
            SELECT sha256(n::text::bytea), 'app', '{}', now() - n * interval '1 minute', now() + interval '1 day'
            FROM generate_series(1, 8000) n
            """
        );
        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default) is not null) { }
        foreach (var table in new[] { "audit_logs", "idp.denials", "idp.sign_in_minutes" })
            await db.ExecuteAsync($"ANALYZE {table}");

        foreach (var span in SignInSpan.All)
        {
            var plan = await ExplainAsync(ServiceOverview.SignInsSql, ("step", span.Step), ("length", span.Length));
            Assert.InRange(BlocksOf(plan), 1, 60);
        }
        var refusals = await ExplainAsync(ServiceOverview.RefusalsSql, ("count", 5));
        Assert.Contains("denials_newest", refusals, StringComparison.Ordinal);

        // The history has hundreds; months without an event have none.
        static int BlocksOf(string plan) =>
            Regex
                .Match(plan, "Buffers: (.*)")
                .Groups[1]
                .Value.Split('=', ' ')
                .Sum(static part => int.TryParse(part, out var blocks) ? blocks : 0);

        async Task<string> ExplainAsync(string sql, params (string, object?)[] parameters)
        {
            var lines = await db.Database.QueryAsync(
                "EXPLAIN (ANALYZE, BUFFERS) " + sql,
                static row => row.GetString(0),
                default,
                parameters
            );
            output.WriteLine(string.Join('\n', lines));
            return string.Join('\n', lines);
        }
    }
}
