using Identity.Core.Bench;
using Identity.IntegrationTests.Data;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Bench;

/// <summary>The bench at a small size: what it fills is what the product makes, and what it asks is answered.</summary>
public sealed class BenchTests
{
    private static readonly BenchSize Small = new(300, 4_000, 4_000, 6_000);

    [Fact]
    public async Task A_filled_bench_has_its_size_and_the_schema_that_it_had_and_answers_every_operation_rightly()
    {
        await using var db = await DatabaseAsync();
        var schema = await Catalogue.DescribeAsync(db);
        List<BenchProgress> steps = [];

        var filled = await new BenchFill(db.Owner, Small).RunAsync(steps.Add, default);
        var report = await MeasureAsync(db);

        Assert.Equal(BenchFillResult.Filled, filled);
        Assert.Equal(schema, await Catalogue.DescribeAsync(db));
        Assert.Equal(4_000 + 400, await db.ScalarAsync<long>("SELECT count(*) FROM sessions"));
        Assert.Equal(300, await db.ScalarAsync<long>("SELECT count(*) FROM users"));
        Assert.Contains(steps, static step => step is { Step: "users", Done: 300, Total: 300 });
        Assert.Equal(0, await db.ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE NOT indisvalid"));
        Assert.NotNull(report);
        Assert.All(report.Results, static one => Assert.All(one.Times, static times => Assert.Equal(0, times.Wrong)));
        Assert.All(report.Results, static one => Assert.Equal(1, one.Commands));
        Assert.All(report.Results, static one => Assert.True(one.Buffers > 0, one.Name));
        Assert.Equal([1, 3], report.Results[0].Times.Select(static times => times.Connections));
        Assert.True(
            report.Results.Single(static one => one.Name.StartsWith("refresh", StringComparison.Ordinal)).WalBytes > 500
        );
    }

    [Fact]
    public async Task A_fill_that_was_stopped_goes_on_where_it_was()
    {
        await using var db = await DatabaseAsync();
        var schema = await Catalogue.DescribeAsync(db);
        using CancellationTokenSource stop = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new BenchFill(db.Owner, Small).RunAsync(
                progress =>
                {
                    if (progress.Step == "events")
                        stop.Cancel();
                },
                stop.Token
            )
        );

        var again = await new BenchFill(db.Owner, Small).RunAsync(static _ => { }, default);

        Assert.Equal(BenchFillResult.Filled, again);
        Assert.Equal(schema, await Catalogue.DescribeAsync(db));
        Assert.Equal(6_000 + 600, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
        Assert.Equal(300, await db.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task A_database_with_accounts_is_neither_filled_nor_measured()
    {
        await using var db = await DatabaseAsync();
        await db.ExecuteAsync("INSERT INTO users (email) VALUES ('ada@example.org')");

        var filled = await new BenchFill(db.Owner, Small).RunAsync(static _ => { }, default);

        Assert.Equal(BenchFillResult.NotABench, filled);
        Assert.Null(await MeasureAsync(db));
        Assert.Equal(1, await db.ScalarAsync<long>("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task Refreshes_go_on_while_ended_sessions_are_deleted()
    {
        await using var db = await DatabaseAsync();
        await new BenchFill(db.Owner, new(300, 40_000, 40_000, 0)).RunAsync(static _ => { }, default);
        await using var rooms = new Rooms(db);

        var cleanup = await ActivatorUtilities
            .CreateInstance<BenchRun>(rooms.Services)
            .RunCleanupAsync(TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500), default);

        Assert.NotNull(cleanup);
        Assert.Equal(0, cleanup.Quiet.Wrong + cleanup.During.Wrong);
        Assert.True(cleanup.Deleted > 0);
    }

    private static async Task<BenchReport?> MeasureAsync(TestDatabase db)
    {
        await using var rooms = new Rooms(db);
        return await ActivatorUtilities
            .CreateInstance<BenchRun>(rooms.Services)
            .RunAsync([1, 3], TimeSpan.FromMilliseconds(150), static _ => { }, default);
    }

    private static async Task<TestDatabase> DatabaseAsync() =>
        await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
}
