using Identity.Core.Maintenance;
using Identity.IntegrationTests.Audit;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Maintenance;

public sealed class MaintenanceSchedulerTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Spent =
        "INSERT INTO idp.replay_guard (key_hash, expires_at) SELECT sha256(gen_random_uuid()::text::bytea), now() - "
        + "interval '1 minute' FROM generate_series(1, 5)";
    private readonly SettableClock _clock = new();

    private const string Left = "SELECT count(*) FROM idp.replay_guard";

    [Fact]
    public async Task Jobs_run_at_their_pace_by_themselves_and_again()
    {
        MaintenanceOptions options = new() { Intervals = { ["replay"] = TimeSpan.FromSeconds(1) } };
        using var scheduler = SchedulerOf(options);
        await scheduler.StartAsync(default);

        for (var round = 0; round < 2; round++)
        {
            await fixture.Database.ExecuteAsync(Spent);
            for (var i = 0; i < 200 && await fixture.Database.ScalarAsync<long>(Left) > 0; i++)
                await Task.Delay(100);
            Assert.Equal(0L, await fixture.Database.ScalarAsync<long>(Left));
        }
        await scheduler.StopAsync(default);
    }

    [Fact]
    public async Task Switched_off_it_ends_at_once_and_runs_nothing()
    {
        using var scheduler = SchedulerOf(new MaintenanceOptions { Enabled = false });

        await scheduler.StartAsync(default);

        await scheduler.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void First_runs_spread_within_the_interval_and_five_minutes()
    {
        var waits = Enumerable.Range(0, 200).Select(_ => MaintenanceScheduler.FirstWait(TimeSpan.FromDays(1))).ToList();

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMinutes(5)));
        Assert.True(waits.Distinct().Count() > 100);
        Assert.All(
            Enumerable.Range(0, 50),
            _ => Assert.True(MaintenanceScheduler.FirstWait(TimeSpan.FromSeconds(1)) < TimeSpan.FromSeconds(1))
        );
    }

    [Fact]
    public void A_job_that_does_not_exist_and_a_pace_out_of_range_are_both_reported()
    {
        MaintenanceOptions options = new()
        {
            Intervals = { ["sesions"] = TimeSpan.FromMinutes(1), ["tokens"] = TimeSpan.Zero },
        };

        var failures = new MaintenanceOptionsValidator().Validate(null, options).Failures!;

        Assert.Equal(
            ["sesions", "tokens"],
            failures.Select(failure => failure.Split(':')[3]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_job_that_fails_is_told_of_since_it_began_until_it_works_again()
    {
        MaintenanceFailures failures = new(_clock);
        var since = _clock.Now;
        await fixture.Database.ExecuteAsync("ALTER TABLE idp.replay_guard RENAME TO replay_guard_away");

        using var scheduler = SchedulerOf(new MaintenanceOptions(), failures);
        await scheduler.RunAsync("replay", default);
        _clock.Now += TimeSpan.FromHours(1);
        await scheduler.RunAsync("replay", default);
        var told = await failures.ReadAsync(default);
        await fixture.Database.ExecuteAsync("ALTER TABLE idp.replay_guard_away RENAME TO replay_guard");
        await scheduler.RunAsync("replay", default);

        Assert.Equal($"maintenance jobs have been failing: replay since {since:yyyy-MM-dd HH:mm:ss'Z'}", told);
        Assert.Null(await failures.ReadAsync(default));
    }

    private MaintenanceScheduler SchedulerOf(MaintenanceOptions options, MaintenanceFailures? failures = null) =>
        new(
            AuditInstance.JobsOf(fixture.Database.Database),
            failures ?? new(TimeProvider.System),
            Options.Create(options),
            TimeProvider.System,
            NullLogger<MaintenanceScheduler>.Instance
        );

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
