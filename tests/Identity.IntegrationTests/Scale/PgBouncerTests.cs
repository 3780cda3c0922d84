using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Maintenance;
using Identity.IntegrationTests.Faults;
using Identity.Server.Hosting;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.IntegrationTests.Scale;

/// <summary>A real PgBouncer in transaction mode stands in front of the database.</summary>
public sealed class PgBouncerTests
{
    private const string Shared = "Max Auto Prepare=0";

    [Fact]
    public async Task Traffic_maintenance_and_news_pass_where_a_pooler_shares_sessions()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var pooler = await PgBouncer.StartAsync(db);
        Dictionary<string, string?> settings = new(TestClients.Settings)
        {
            ["ConnectionStrings:Identity"] = pooler.Through(db.ConnectionString, Shared),
        };
        await using var host = await IdentityHost.StartAsync(db, settings);
        using RefreshTraffic traffic = new(host.BaseAddress, db.ConnectionString);
        await traffic.BeginAsync(12);
        using CancellationTokenSource stop = new();
        var running = traffic.RunAsync(stop.Token);

        var jobs = host.Services.GetRequiredService<MaintenanceJobs>();
        foreach (var name in MaintenanceJobs.Names)
            await jobs.RunAsync(name, default);
        var known = await KnownAfterAsync(db, host);
        while (traffic.Acknowledged < 300 && traffic.Complaints.Count == 0)
            await Task.Delay(20);
        await stop.CancelAsync();
        await running;

        Assert.Empty(traffic.Complaints);
        await traffic.VerifyAsync();
        Assert.True(known < TimeSpan.FromSeconds(10), $"a new client was known after {known}");
    }

    [Fact]
    public async Task Migrations_at_once_through_a_pooler_are_applied_once_each()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        await using var pooler = await PgBouncer.StartAsync(db);
        await using var owner = PostgresDataSource.Create(
            pooler.Through(db.OwnerConnectionString, "Max Auto Prepare=0;No Reset On Close=true")
        );

        var applied = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => new MigrationRunner(owner).UpAsync(default))
        );

        Assert.Equal(MigrationRunner.All.Count, applied.Sum(static list => list.Count));
        Assert.Equal(SchemaState.Current, await new MigrationRunner(owner).StateAsync(default));
    }

    [Fact]
    public async Task A_pooler_that_nobody_spoke_of_is_recognised_and_the_message_says_what_to_set()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using var pooler = await PgBouncer.StartAsync(db);
        var settings = DataServices.PoolSettings(pooler.Through(db.ConnectionString), TimeSpan.FromSeconds(5));
        await using var source = PostgresDataSource.Create(settings);

        var refused = await Assert.ThrowsAsync<PostgresException>(async () => await source.OpenConnectionAsync());

        Assert.Contains(
            "POSTGRES_URL_NON_POOLING",
            StartChecks.Unreachable(settings.ConnectionString, refused),
            StringComparison.Ordinal
        );
    }

    // A client that another instance stored: this one learns of it by LISTEN, which the pooler would swallow.
    private static async Task<TimeSpan> KnownAfterAsync(TestDatabase db, IdentityHost host)
    {
        var registry = host.Services.GetRequiredService<ClientRegistry>();
        var started = TimeProvider.System.GetTimestamp();
        await db.ExecuteAsync(
            "INSERT INTO idp.clients (client_id, definition, source) VALUES ('new-service', @definition::jsonb, "
                + "'command_line')",
            (
                "definition",
                new ClientDefinition
                {
                    Profile = ClientProfile.Native,
                    RedirectUris = ["http://127.0.0.1/back"],
                }.ToJson()
            )
        );
        while (
            registry.Find("new-service") is null
            && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20)
        )
            await Task.Delay(50);
        return TimeProvider.System.GetElapsedTime(started);
    }
}
