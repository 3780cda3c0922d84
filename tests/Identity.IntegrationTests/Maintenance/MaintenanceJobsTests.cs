using Identity.Core.Maintenance;
using Identity.Testing;

namespace Identity.IntegrationTests.Maintenance;

public sealed class MaintenanceJobsTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Every_job_runs_as_the_application_role()
    {
        var jobs = new MaintenanceJobs(fixture.Database.Database);

        foreach (var name in MaintenanceJobs.Names)
            Assert.NotNull(await jobs.RunAsync(name, default));
    }

    [Fact]
    public async Task The_throttle_job_removes_every_spent_counter_over_several_batches_and_keeps_live_ones()
    {
        await fixture.Database.ExecuteAsync("""
            INSERT INTO idp.throttle_counters (key, count, window_ends_at)
            SELECT sha256(n::text::bytea), 1, now() - interval '1 minute' FROM generate_series(1, 15000) n
            """);
        await fixture.Database.ExecuteAsync("INSERT INTO idp.throttle_counters (key, count, window_ends_at, blocked_until) VALUES (sha256('live'), 5, now() - interval '1 minute', now() + interval '9 minutes')");

        var removed = await new MaintenanceJobs(fixture.Database.Database).RunAsync("throttle", default);

        Assert.Equal(15000, removed);
        Assert.Equal(1L, await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.throttle_counters"));
    }
}
