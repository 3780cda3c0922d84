using System.Diagnostics;
using Identity.IntegrationTests.Audit;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Maintenance;

/// <summary>Partitions of the audit log are made, dropped and mended while others read and write it. Each test has a
/// database of its own.</summary>
public sealed class AuditPartitionTests
{
    private const string Write =
        "INSERT INTO audit_logs (event_type, event_status, details) VALUES ('login', 'success', '{}')";

    private const string Ahead =
        "SELECT count(*) FROM idp.audit_partitions() WHERE lower > now() AND lower < now() + interval '100 days'";

    private static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task While_a_reader_holds_the_log_partitions_wait_and_no_writer_does()
    {
        await using var db = await DatabaseAsync();
        await AuditInstance.AddOldMonthAsync(db, monthsAgo: 5);
        await DropPartitionsAsync(db, "lower > now()");
        var jobs = AuditInstance.JobsOf(db.Database);
        await using var reader = await db.Application.OpenConnectionAsync();
        await using var report = await reader.BeginTransactionAsync();
        await ExecuteAsync(reader, "SELECT count(*) FROM audit_logs");

        var working = jobs.RunAsync("partitions", default);
        var (slowest, written) = await WriteAsync(db, ReadingTime);
        var before = working.IsCompleted;
        await report.CommitAsync();
        var changed = await working;

        Assert.False(before);
        Assert.True(slowest < TimeSpan.FromSeconds(1), $"a writer waited for {slowest}");
        Assert.True(written > 20, $"{written} events were written");
        Assert.True(changed >= 4);
        Assert.Equal(3, await db.ScalarAsync<long>(Ahead));
        Assert.Equal(
            0,
            await db.ScalarAsync<long>(
                "SELECT count(*) FROM idp.audit_partitions() WHERE upper < now() - '91 days'::interval"
            )
        );
        Assert.Equal(written, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
    }

    [Fact]
    public async Task Months_without_maintenance_heal_while_events_are_written_and_none_is_lost()
    {
        await using var db = await DatabaseAsync();
        await DropPartitionsAsync(db, "true");
        await db.ExecuteAsync(
            "INSERT INTO audit_logs (event_type, event_status, created_at) SELECT 'login', 'success', now() - interval "
                + "'1 hour' * n FROM generate_series(1, 1500) n"
        );

        var working = Task.Run(() => AuditInstance.JobsOf(db.Database).RunAsync("partitions", default));
        var (slowest, written) = await WriteAsync(db, TimeSpan.FromSeconds(2));
        await working;

        Assert.True(slowest < TimeSpan.FromSeconds(1), $"a writer waited for {slowest}");
        Assert.True(await db.ScalarAsync<bool>("SELECT idp.audit_default_is_empty()"));
        Assert.Equal(1500 + written, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
        Assert.True(
            await db.ScalarAsync<bool>("SELECT bool_or(lower <= now() AND upper > now()) FROM idp.audit_partitions()")
        );
        Assert.Equal(
            0,
            await db.ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conname = 'audit_logs_default_span'")
        );
    }

    [Fact]
    public async Task Old_events_on_the_far_side_of_a_partition_get_a_month_of_their_own_and_then_its_retention()
    {
        await using var db = await DatabaseAsync();
        await DropPartitionsAsync(db, "lower <= now() AND upper > now()");
        await AuditInstance.AddOldMonthAsync(db, monthsAgo: 6);
        await db.ExecuteAsync(
            "INSERT INTO audit_logs (event_type, event_status, created_at) SELECT 'login', 'success', now() - age FROM "
                + "(VALUES (interval '0'), (interval '1 year'), (interval '11 months')) events (age)"
        );

        await AuditInstance.JobsOf(db.Database).RunAsync("partitions", default);

        Assert.True(await db.ScalarAsync<bool>("SELECT idp.audit_default_is_empty()"));
        Assert.Equal(1, await db.ScalarAsync<long>("SELECT count(*) FROM audit_logs"));
    }

    [Fact]
    public async Task Ids_of_events_are_ordered_by_time()
    {
        await using var db = await DatabaseAsync();
        for (var i = 0; i < 3; i++)
        {
            await db.ExecuteAsync(Write);
            await Task.Delay(3);
        }

        Assert.True(
            await db.ScalarAsync<bool>(
                "SELECT array_agg(id ORDER BY id) = array_agg(id ORDER BY created_at) AND "
                    + "bool_and(substr(id::text, 15, 1) = '7') FROM audit_logs"
            )
        );
    }

    // Four writers, each with an event every 20 ms.
    private static async Task<(TimeSpan Slowest, long Written)> WriteAsync(TestDatabase db, TimeSpan span)
    {
        var end = Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var slowest = TimeSpan.Zero;
                        long written = 0;
                        await using var connection = await db.Application.OpenConnectionAsync();
                        while (Stopwatch.GetTimestamp() < end)
                        {
                            var started = Stopwatch.GetTimestamp();
                            await ExecuteAsync(connection, Write);
                            var took = Stopwatch.GetElapsedTime(started);
                            slowest = took > slowest ? took : slowest;
                            written++;
                            await Task.Delay(20);
                        }
                        return (slowest, written);
                    })
                )
        );
        return (results.Max(static one => one.slowest), results.Sum(static one => one.written));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static Task<int> DropPartitionsAsync(TestDatabase db, string which) =>
        db.ExecuteAsync(
            $"""
            DO $$
            DECLARE monthly name;
            BEGIN
                FOR monthly IN SELECT partition FROM idp.audit_partitions() WHERE {which} LOOP
                    EXECUTE format('DROP TABLE idp.%I', monthly);
                END LOOP;
            END
            $$
            """
        );

    private static async Task<TestDatabase> DatabaseAsync() =>
        await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
}
