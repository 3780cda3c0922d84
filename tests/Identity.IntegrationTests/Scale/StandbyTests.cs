using Identity.Core.Data;
using Identity.IntegrationTests.Faults;
using Npgsql;

namespace Identity.IntegrationTests.Scale;

/// <summary>Reads that bear to be old, with a real standby that follows, falls behind, dies and becomes the
/// primary.</summary>
public sealed class StandbyTests
{
    private const string InRecovery = "SELECT pg_is_in_recovery()";

    [Fact]
    public async Task Lists_are_read_on_a_standby_that_keeps_up_and_on_the_primary_when_it_does_not()
    {
        await using var servers = await PostgresServers.StartAsync();
        var port = await servers.AddStandbyAsync();
        NpgsqlConnectionStringBuilder settings = new(servers.ConnectionString) { Port = port, Timeout = 2 };
        await using StandbySource standby = new(settings.ConnectionString);
        await using var source = PostgresDataSource.Create(servers.ConnectionString);
        StandbyReads reads = new(new Database(source), standby);
        StandbyReads alone = new(new Database(source));

        await WaitAsync(reads, standbyAnswers: true);
        var byItself = await AskAsync(alone);
        await servers.StopStandbyAsync();
        var whenDead = await AskAsync(reads);
        await servers.StartStandbyAsync();
        await WaitAsync(reads, standbyAnswers: true);
        await servers.StopPrimaryAsync();
        await servers.PromoteAsync();
        await WaitAsync(reads, standbyAnswers: false);

        Assert.False(byItself);
        Assert.False(whenDead);
        Assert.True(reads.UsesStandby);
    }

    // A moment until it is asked again: every two seconds.
    private static async Task WaitAsync(StandbyReads reads, bool standbyAnswers)
    {
        for (var i = 0; i < 100; i++)
        {
            if (reads.UsesStandby && await TryAsync(reads) == standbyAnswers)
                return;
            await TryAsync(reads);
            await Task.Delay(200);
        }
        Assert.Fail("the standby was never used");
    }

    private static async Task<bool?> TryAsync(StandbyReads reads)
    {
        try
        {
            return await AskAsync(reads);
        }
        catch (NpgsqlException)
        {
            // Neither is there for a moment: the old one died, and the new one has not been asked yet.
            return null;
        }
    }

    private static Task<bool> AskAsync(StandbyReads reads) =>
        reads.QuerySingleOrDefaultAsync(InRecovery, static row => row.GetBoolean(0), default);
}
