using System.Text.RegularExpressions;
using Identity.Core.Detection;
using Identity.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Detection;

/// <summary>A run reads what is new, whatever the history: each rule over tables of which a scan reads hundreds of
/// blocks.</summary>
public sealed partial class DetectionPlanTests(ITestOutputHelper output)
{
    private const int MaxBlocks = 200;

    [Fact]
    public async Task No_rule_reads_the_history()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await FillAsync(database);
        Dictionary<string, int> blocks = [];

        // The first call of a function also reads what the catalogue says of it.
        for (var round = 0; round < 2; round++)
        {
            foreach (var rule in DetectionRules.All)
                blocks[rule.Name] = await BlocksAsync(database, rule);
        }

        foreach (var (rule, read) in blocks)
            output.WriteLine($"{rule}: {read}");
        Assert.All(blocks, static rule => Assert.True(rule.Value <= MaxBlocks, $"{rule.Key} reads {rule.Value}"));
    }

    private static async Task<int> BlocksAsync(TestDatabase database, DetectionRule rule)
    {
        var now = await database.ScalarAsync<DateTime>("SELECT now()");
        await using var connection = await database.Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // At ten million rows the planner has the choice between an index and the table; the way between pays for small
        // tables only.
        await using (NpgsqlCommand large = new("SET LOCAL enable_bitmapscan = off", connection))
            await large.ExecuteNonQueryAsync();
        await using NpgsqlCommand command = new(
            $"EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM {rule.Function}",
            connection
        );
        command.Parameters.AddWithValue("threshold", rule.Threshold);
        command.Parameters.AddWithValue("span", rule.Span ?? TimeSpan.Zero);
        command.Parameters.AddWithValue("since", now - TimeSpan.FromMinutes(1));
        command.Parameters.AddWithValue("until", now);
        List<string> plan = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            plan.Add(reader.GetString(0));
        return Buffers()
            .Match(string.Join('\n', plan))
            .Groups[1]
            .Value.Split('=', ' ')
            .Sum(static part => int.TryParse(part, out var count) ? count : 0);
    }

    // Sessions, failed sign-ins, refusals and mails of the days before.
    private static async Task FillAsync(TestDatabase database)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO users (email) SELECT n || '@example.org' FROM generate_series(1, 2000) n;
            INSERT INTO sessions (user_id, token_hash, created_at, last_activity_at, auth_time, expires_at)
            SELECT u.id, sha256((u.id::text || n)::bytea), at, at, at, at + interval '3 days'
            FROM users u, generate_series(1, 9) n,
                 LATERAL (SELECT now() - interval '1 day' - abs(hashtext(u.id::text || n)) % 100000
                     * interval '1 second' AS at) t;
            INSERT INTO audit_logs (event_type, event_status, ip_address, details, created_at)
            SELECT 'login', 'failure', '192.0.2.1', jsonb_build_object('account_hash', md5(n::text)),
                   now() - interval '3 hours' - n * interval '10 seconds'
            FROM generate_series(1, 20000) n;
            INSERT INTO idp.denials (key_hash, client_id, data, created_at, expires_at)
            SELECT sha256(n::text::bytea), 'app', '{}', now() - n * interval '1 minute', now() + interval '1 day'
            FROM generate_series(60, 8000) n
            """
        );
        foreach (var table in new[] { "users", "sessions", "audit_logs", "idp.denials" })
            await database.ExecuteAsync($"ANALYZE {table}");
    }

    [GeneratedRegex(@"Buffers: shared ([^\n]+)")]
    private static partial Regex Buffers();
}
