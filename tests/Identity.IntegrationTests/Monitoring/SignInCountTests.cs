using Identity.Core.Monitoring;
using Identity.Testing;

namespace Identity.IntegrationTests.Monitoring;

/// <summary>Sign-ins counted by the minute: the same figures as the plain count of the audit log, at every border and
/// whoever writes or counts meanwhile, and cheap.</summary>
public sealed class SignInCountTests
{
    private const string Plain = """
        SELECT count(*) FILTER (WHERE event_status = 'success'), count(*) FILTER (WHERE event_status = 'failure'),
               count(*) FILTER (WHERE event_status = 'blocked')
        FROM audit_logs WHERE event_type = 'login' AND created_at > @since AND created_at <= @until
        """;

    [Fact]
    public async Task Counts_equal_the_events_for_every_span()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await SignInsAsync(db, 3000, "3 hours");
        // Events at the very borders of minutes.
        await db.ExecuteAsync(
            "UPDATE audit_logs SET created_at = date_trunc('minute', created_at) WHERE abs(hashtext(id::text)) % 5 = 0"
        );
        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.FromMinutes(20), default) is not null) { }

        var now = await db.ScalarAsync<DateTime>("SELECT date_trunc('minute', now())");
        for (var round = 0; round < 60; round++)
        {
            // Spans that begin and end at borders of minutes, and within minutes; long and short ones.
            var since = now.AddMinutes(-(round * 37 % 200))
                .AddMicroseconds(round % 3 * (round * 7_919_317L % 60_000_000));
            var until = since.AddSeconds(round % 2 == 0 ? round * 7_919 % 12_000 : 60 * (round * 53 % 200));
            Assert.Equal(
                await ReadAsync(rooms, Plain, since, until),
                await ReadAsync(rooms, "SELECT * FROM idp.sign_ins(@since, @until)", since, until)
            );
        }
        Assert.NotEqual(0, await db.ScalarAsync<long>("SELECT count(*) FROM idp.sign_in_minutes"));
    }

    [Fact]
    public async Task An_event_that_commits_late_is_counted()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await using var late = await db.Application.OpenConnectionAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await using var insert = late.CreateCommand();
        insert.CommandText =
            "INSERT INTO audit_logs (event_type, event_status, details) VALUES ('login', 'success', '{}')";
        await insert.ExecuteNonQueryAsync();

        // The clock alone would let it count far beyond the event.
        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.FromMinutes(-10), default) is not null) { }
        Assert.Equal(0, await CountedAsync(db));
        await transaction.CommitAsync();
        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.FromMinutes(-10), default) is not null) { }

        Assert.Equal(1, await CountedAsync(db));
    }

    [Fact]
    public async Task Instances_that_count_at_once_while_people_sign_in_count_each_event_once()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms one = new(db);
        await using Rooms two = new(db);
        await SignInsAsync(db, 4000, "12 hours");

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async n =>
                {
                    for (var round = 0; round < 40; round++)
                    {
                        if (n < 5)
                            await (n % 2 == 0 ? one : two).Get<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default);
                        else
                            await SignInsAsync(db, 3, "0 seconds");
                    }
                })
        );
        while (await one.Get<FigureStore>().CountSignInsAsync(TimeSpan.FromMinutes(-10), default) is not null) { }

        Assert.Equal(4000 + 3 * 40 * 3, await CountedAsync(db));
    }

    [Fact]
    public async Task The_rates_of_a_day_read_the_minutes_and_not_the_events()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await SignInsAsync(db, 2000, "24 hours");
        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default) is not null) { }
        var now = new DateTimeOffset(await db.ScalarAsync<DateTime>("SELECT now()"), TimeSpan.Zero);
        var before = await DayAsync();

        // Among minutes that are counted: whoever reads events would find them.
        await db.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, details, created_at)
            SELECT 'login', 'success', '{}', now() - interval '20 hours' + n * interval '1 s'
            FROM generate_series(1, 1000) n
            """
        );

        Assert.Equal(before, await DayAsync());
        Assert.InRange(before.Item1 + before.Item2 + before.Item3, 1900, 2000);

        Task<(long, long, long)> DayAsync() =>
            ReadAsync(
                rooms,
                "SELECT * FROM idp.sign_ins(@since, @until)",
                now.UtcDateTime.AddHours(-24),
                now.UtcDateTime
            );
    }

    [Fact]
    public async Task A_count_that_was_off_for_long_begins_anew_and_leaves_no_gap()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await SignInsAsync(db, 500, "7 days");
        await db.ExecuteAsync(
            "UPDATE idp.monitoring_progress SET covered_from = covered_from - interval '30 days', "
                + "covered_until = covered_until - interval '25 days'"
        );

        while (await rooms.Get<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default) is not null) { }

        var now = await db.ScalarAsync<DateTime>("SELECT now()");
        var (since, until) = (now.AddDays(-40), now.AddMinutes(1));
        Assert.Equal(
            await ReadAsync(rooms, Plain, since, until),
            await ReadAsync(rooms, "SELECT * FROM idp.sign_ins(@since, @until)", since, until)
        );
        Assert.True(
            await db.ScalarAsync<bool>("SELECT covered_from > now() - interval '9 days' FROM idp.monitoring_progress")
        );
    }

    private static Task<int> SignInsAsync(TestDatabase db, int count, string within) =>
        db.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, details, created_at)
            SELECT 'login', (ARRAY['success', 'success', 'failure', 'blocked'])[1 + n % 4], '{}',
                   clock_timestamp() - @within::interval * random()
            FROM generate_series(1, @count) n
            """,
            ("count", count),
            ("within", within)
        );

    private static Task<long> CountedAsync(TestDatabase db) =>
        db.ScalarAsync<long>("SELECT coalesce(sum(succeeded + failed + blocked), 0)::bigint FROM idp.sign_in_minutes");

    private static async Task<(long, long, long)> ReadAsync(Rooms rooms, string sql, DateTime since, DateTime until) =>
        await rooms.Db.QuerySingleOrDefaultAsync(
            sql,
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            default,
            ("since", new DateTimeOffset(since, TimeSpan.Zero)),
            ("until", new DateTimeOffset(until, TimeSpan.Zero))
        );
}
