using System.Net;
using System.Net.Sockets;
using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Hosting;

/// <summary>The first minute of a newcomer: nothing is configured, and it runs all the same, each time.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly Dictionary<string, string?> Development = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
    };
    private readonly string _folder = IdentityProcess.CreateFolder();
    private readonly Uri _address = new($"http://localhost:{IdentityProcess.FreePort()}");

    [Fact]
    public async Task With_nothing_configured_it_starts_a_private_database_with_demo_people_and_keeps_them()
    {
        await using (var first = Serve())
        {
            await first.WaitUntilReadyAsync(_address);
        }

        var made = await File.ReadAllTextAsync(Path.Combine(_folder, ".data", "demo.json"));
        await using var second = Serve();
        await second.WaitUntilReadyAsync(_address);
        var users = await IdentityProcess.RunAsync(_folder, Development, null, "users", "list", "--json");

        Assert.Contains("\"demo@example.com\"", users.Output, StringComparison.Ordinal);
        Assert.Equal(made, await File.ReadAllTextAsync(Path.Combine(_folder, ".data", "demo.json")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(_folder, ".data", "demo.json"))
            );
        Assert.Contains("DEVELOPMENT", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkout_in_a_folder_of_root_starts_whatever_files_there_are_called()
    {
        if (OperatingSystem.IsWindows())
            return;
        var marker = Path.Combine(_folder, "strange");
        foreach (var name in new[] { "test", "id", "setpriv", "chown", "setsid", "sh" })
        {
            var script = Path.Combine(_folder, name);
            await File.WriteAllTextAsync(script, $"#!/bin/sh\necho {name} >> {marker}\nexit 1\n");
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        // As the home of root is: the database's user cannot enter, and the data stands elsewhere.
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var data = System.Text.Encoding.UTF8.GetBytes(Path.Combine(_folder, ".data"));
        var elsewhere =
            "/var/tmp/identity-" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(data))[..12];
        try
        {
            await using var host = Serve();
            await host.WaitUntilReadyAsync(_address);

            Assert.False(File.Exists(marker), "a file of the folder was run");
        }
        finally
        {
            if (Directory.Exists(elsewhere))
                Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public async Task A_killed_host_starts_again_on_its_orphaned_database_and_stops_it_in_the_end()
    {
        await using var killed = Serve();
        await killed.WaitUntilReadyAsync(_address);
        await killed.KillAsync();

        await using (var again = Serve())
            await again.WaitUntilReadyAsync(_address);

        var pidFile = Path.Combine(_folder, ".data", "postgres", "postmaster.pid");
        Assert.False(File.Exists(pidFile), "the database still runs");
    }

    [Fact]
    public async Task A_taken_port_is_said_in_words_and_leaves_nothing_running()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, _address.Port);
        stranger.Start();

        var result = await IdentityProcess.RunAsync(
            _folder,
            Development,
            null,
            $"--urls={_address.GetLeftPart(UriPartial.Authority)}"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("choose another port", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.False(
            File.Exists(Path.Combine(_folder, ".data", "postgres", "postmaster.pid")),
            "the database still runs"
        );
    }

    [Fact]
    public async Task With_a_connection_set_nothing_embedded_starts_and_what_is_missing_is_migrated()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        Dictionary<string, string?> environment = new(Development)
        {
            ["ConnectionStrings__Identity"] = database.ConnectionString,
            ["ConnectionStrings__IdentityMigrations"] = database.OwnerConnectionString,
        };

        await using var host = Serve(environment);
        await host.WaitUntilReadyAsync(_address);

        Assert.False(Directory.Exists(Path.Combine(_folder, ".data")));
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        Assert.Equal(SchemaState.Current, await new MigrationRunner(source).StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_postgres_address_is_taken_as_hosting_platforms_give_it()
    {
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var parts = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        Dictionary<string, string?> environment = new(Development)
        {
            ["POSTGRES_URL"] =
                $"postgres://{parts.Username}:{parts.Password}@{parts.Host}:{parts.Port}/{parts.Database}",
        };

        await using var host = Serve(environment);
        await host.WaitUntilReadyAsync(_address);

        Assert.False(Directory.Exists(Path.Combine(_folder, ".data")));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private IdentityProcess Serve(Dictionary<string, string?>? environment = null) =>
        IdentityProcess.Start(
            _folder,
            environment ?? Development,
            $"--urls={_address.GetLeftPart(UriPartial.Authority)}",
            $"--Identity:Issuer={_address.GetLeftPart(UriPartial.Authority)}"
        );
}
