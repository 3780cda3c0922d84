using System.Diagnostics;
using Identity.Core.Data;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.IntegrationTests.Faults;

/// <summary>What dies loses nothing that it had acknowledged, and does nothing twice.</summary>
public sealed class KilledTests : IDisposable
{
    private const int Chains = 6;
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly Uri _address = new($"http://localhost:{IdentityProcess.FreePort()}");

    [Fact]
    public async Task Kill_9_of_the_host_in_the_middle_of_rotations_loses_nothing_and_doubles_nothing()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var settings = RefreshTraffic.Settings(_address, database.ConnectionString);
        var host = Serve(settings);
        await host.WaitUntilReadyAsync(_address);
        using RefreshTraffic traffic = new(_address, database.ConnectionString);
        await traffic.BeginAsync(Chains);
        using CancellationTokenSource stop = new();
        var running = traffic.RunAsync(stop.Token);

        for (var round = 0; round < 5; round++)
        {
            var before = traffic.Acknowledged;
            while (traffic.Acknowledged < before + (20 * (round + 1)) && traffic.Complaints.Count == 0)
                await Task.Delay(7);
            await host.KillAsync();
            await host.DisposeAsync();
            host = Serve(settings);
            await host.WaitUntilReadyAsync(_address);
        }

        await stop.CancelAsync();
        await running;
        await host.DisposeAsync();

        Assert.Empty(traffic.Complaints);
        Assert.True(
            traffic.Interrupted >= 5,
            $"{traffic.Interrupted} requests were interrupted: the kills hit nothing"
        );
        await traffic.VerifyAsync();
    }

    [Theory]
    [InlineData("immediate")]
    [InlineData("fast")]
    public async Task A_restart_of_PostgreSQL_under_traffic_is_waited_out_and_loses_nothing(string mode)
    {
        await using var postgres = await EmbeddedPostgres.StartAsync(
            new(Path.Combine(_folder, "cluster"), EndWithProcess: true),
            NullLogger.Instance,
            CancellationToken.None
        );
        await using (var owner = NpgsqlDataSource.Create(postgres.OwnerConnectionString()))
            await new MigrationRunner(owner).UpAsync(CancellationToken.None);
        await using var host = Serve(RefreshTraffic.Settings(_address, postgres.ApplicationConnectionString()));
        await host.WaitUntilReadyAsync(_address);
        using RefreshTraffic traffic = new(_address, postgres.ApplicationConnectionString());
        await traffic.BeginAsync(Chains);
        using CancellationTokenSource stop = new();
        var running = traffic.RunAsync(stop.Token);

        for (var round = 0; round < 3; round++)
        {
            var before = traffic.Acknowledged;
            while (traffic.Acknowledged < before + 30 && traffic.Complaints.Count == 0)
                await Task.Delay(7);
            await RestartAsync(mode);
        }

        await host.WaitUntilReadyAsync(_address);
        await stop.CancelAsync();
        await running;

        Assert.Empty(traffic.Complaints);
        Assert.True(
            traffic.Interrupted >= 3,
            $"{traffic.Interrupted} requests were interrupted: the restarts hit nothing"
        );
        await traffic.VerifyAsync();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private IdentityProcess Serve(Dictionary<string, string?> settings) =>
        IdentityProcess.Start(_folder, settings, $"--urls={_address.GetLeftPart(UriPartial.Authority)}");

    private async Task RestartAsync(string mode)
    {
        var binaries = (await PostgresBinaries.FindAsync(CancellationToken.None))!;
        var user = await UnprivilegedUser.FindAsync(CancellationToken.None);
        var cluster = Path.Combine(_folder, "cluster", "postgres");
        var clock = Stopwatch.StartNew();
        var (exitCode, output) = await user.RunAsync(
            binaries.Program("pg_ctl"),
            ["-D", cluster, "-m", mode, "-w", "-t", "60", "-l", Path.Combine(cluster, "server.log"), "restart"],
            CancellationToken.None
        );
        Assert.True(exitCode == 0, $"restart after {clock.Elapsed}: {output}");
    }
}
