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

    private MaintenanceScheduler SchedulerOf(MaintenanceOptions options) =>
        new(
            AuditInstance.JobsOf(fixture.Database.Database),
            Options.Create(options),
            TimeProvider.System,
            NullLogger<MaintenanceScheduler>.Instance
        );
}
