using System.Text.RegularExpressions;
using Identity.Core.Deliveries;
using Identity.Core.Logout;
using Identity.Core.Mail;
using Identity.Core.Webhooks;
using Identity.Testing;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Deliveries;

/// <summary>Every instance asks the ledgers all the time what is due: they find it by an index, however many rows are
/// settled.</summary>
public sealed partial class DeliveryPlanTests(ITestOutputHelper output)
{
    private const int MaxBlocks = 60;

    [Fact]
    public async Task What_is_due_is_found_among_many_that_are_settled()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(database);
        await FillAsync(database);

        await BoundedAsync(database, rooms.Get<MailDelivery>().Table, MailDelivery.Receiver);
        await BoundedAsync(database, new LogoutDeliveryStore(database.Database).Table, "app-3");
        await BoundedAsync(database, new WebhookDeliveryStore(database.Database).Table, Guid.Empty);
    }

    private async Task BoundedAsync<TKey>(TestDatabase database, DeliveryTable<TKey> table, TKey receiver)
        where TKey : notnull
    {
        await BoundedAsync(database, table.DueSql, ("busy", Array.Empty<TKey>()));
        await BoundedAsync(database, table.NextSql, ("busy", Array.Empty<TKey>()));
        await BoundedAsync(
            database,
            table.ClaimSql,
            ("receiver", receiver),
            ("most", 5),
            ("lease", TimeSpan.FromMinutes(1))
        );
    }

    private async Task BoundedAsync(TestDatabase database, string sql, params (string, object?)[] parameters)
    {
        var plan = "";
        // Twice: the first run reads the catalogue as well.
        for (var round = 0; round < 2; round++)
        {
            var lines = await database.Database.QueryAsync(
                "EXPLAIN (ANALYZE, BUFFERS) " + sql,
                static row => row.GetString(0),
                default,
                [.. parameters.Where(parameter => sql.Contains('@' + parameter.Item1, StringComparison.Ordinal))]
            );
            plan = string.Join('\n', lines);
        }

        output.WriteLine(plan);
        Assert.InRange(
            Buffers()
                .Match(plan)
                .Groups[1]
                .Value.Split('=', ' ')
                .Sum(static part => int.TryParse(part, out var blocks) ? blocks : 0),
            0,
            MaxBlocks
        );
    }

    private static async Task FillAsync(TestDatabase database)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, state, sent_at)
            SELECT gen_random_uuid(), 'password_reset', sha256(n::text::bytea), true, 'sent', now()
            FROM generate_series(1, 20000) n;
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason, delivered_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'app-' || n % 10, 'logout', now()
            FROM generate_series(1, 20000) n;
            INSERT INTO idp.webhook_endpoints (id, url, secret_protected)
            VALUES ('00000000-0000-0000-0000-000000000000', 'https://hooks.example/', '\x00');
            WITH happened AS (
                INSERT INTO idp.events (type, data)
                SELECT 'user.created', '{}' FROM generate_series(1, 20000) RETURNING seq)
            INSERT INTO idp.webhook_deliveries (endpoint_id, event_seq, delivered_at)
            SELECT '00000000-0000-0000-0000-000000000000', seq, now() FROM happened
            """
        );
        foreach (var table in new[] { "idp.mail_outbox", "idp.logout_deliveries", "idp.webhook_deliveries" })
            await database.ExecuteAsync($"ANALYZE {table}");
    }

    [GeneratedRegex(@"Buffers: shared ([^\n]+)")]
    private static partial Regex Buffers();
}
