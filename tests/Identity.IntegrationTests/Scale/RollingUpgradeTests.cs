using Identity.Core.Data;
using Identity.IntegrationTests.Faults;
using Identity.Testing;

namespace Identity.IntegrationTests.Scale;

/// <summary>
/// Instances are replaced one by one: the version before serves while the schema is migrated under it, and beside the
/// new one until it stops. <c>./test</c> builds the version before from the history and names its folder in
/// IDENTITY_OLDER_BUILD; without one this version stands in for it.
/// </summary>
public sealed class RollingUpgradeTests : IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly Uri _old = new($"http://localhost:{IdentityProcess.FreePort()}");
    private readonly Uri _new = new($"http://localhost:{IdentityProcess.FreePort()}");

    private static string OlderBuild =>
        Environment.GetEnvironmentVariable("IDENTITY_OLDER_BUILD") is { Length: > 0 } folder
            ? folder
            : AppContext.BaseDirectory;

    [Fact]
    public async Task The_version_before_goes_on_while_the_schema_moves_and_beside_the_new_one()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        await MigrateAsync(db, OlderBuild);
        var older = await MigrationsAsync(db);
        await using var before = IdentityProcess.StartFrom(OlderBuild, _folder, Settings(db, _old), Serve(_old));
        await before.WaitUntilReadyAsync(_old);
        using RefreshTraffic onOld = new(_old, db.ConnectionString);
        await onOld.BeginAsync(4);
        using CancellationTokenSource stopOld = new();
        var runningOld = onOld.RunAsync(stopOld.Token);
        await UntilAsync(onOld, 40);

        await MigrateAsync(db, AppContext.BaseDirectory);
        await using var after = IdentityProcess.Start(_folder, Settings(db, _new), Serve(_new));
        await after.WaitUntilReadyAsync(_new);
        using RefreshTraffic onNew = new(_new, db.ConnectionString);
        await onNew.BeginAsync(4);
        using CancellationTokenSource stopNew = new();
        var runningNew = onNew.RunAsync(stopNew.Token);
        await Task.WhenAll(UntilAsync(onOld, onOld.Acknowledged + 60), UntilAsync(onNew, 60));
        await stopOld.CancelAsync();
        await runningOld;
        before.Terminate();
        await before.WaitForExitAsync(TimeSpan.FromSeconds(60));
        await UntilAsync(onNew, onNew.Acknowledged + 60);
        await stopNew.CancelAsync();
        await runningNew;

        Assert.Empty(onOld.Complaints);
        Assert.Empty(onNew.Complaints);
        Assert.Equal(0, onOld.Interrupted + onNew.Interrupted);
        await onOld.VerifyAsync();
        await onNew.VerifyAsync();
        Assert.Equal(MigrationRunner.All.Count, await MigrationsAsync(db));
        Assert.True(
            OlderBuild == AppContext.BaseDirectory || older < MigrationRunner.All.Count,
            "the build is not older"
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task UntilAsync(RefreshTraffic traffic, int acknowledged)
    {
        while (traffic.Acknowledged < acknowledged && traffic.Complaints.Count == 0)
            await Task.Delay(20);
    }

    private async Task MigrateAsync(TestDatabase db, string build)
    {
        await using var program = IdentityProcess.StartFrom(build, _folder, Settings(db, _old), "migrate", "up");
        var result = await program.WaitForExitAsync(TimeSpan.FromMinutes(2));
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private static Task<long> MigrationsAsync(TestDatabase db) =>
        db.ScalarAsync<long>("SELECT count(*) FROM idp.schema_migrations");

    private static Dictionary<string, string?> Settings(TestDatabase db, Uri address)
    {
        var settings = RefreshTraffic.Settings(address, db.ConnectionString);
        settings["ConnectionStrings__IdentityMigrations"] = db.OwnerConnectionString;
        return settings;
    }

    private static string Serve(Uri address) => $"--urls={address.GetLeftPart(UriPartial.Authority)}";
}
