using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Identity.Core.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.IntegrationTests.Data;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Path.Combine("/tmp", "identity-embedded-" + Guid.NewGuid().ToString("N")[..8]);

    [Fact]
    public async Task It_stops_with_its_host_and_keeps_its_data_for_the_next_start()
    {
        var first = await StartAsync();
        await ExecuteAsync(first, "CREATE TABLE kept (id int)");
        await first.DisposeAsync();

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(first, "SELECT 1"));
        await using var second = await StartAsync();
        await ExecuteAsync(second, "SELECT id FROM kept");
    }

    [Fact]
    public async Task A_killed_server_with_its_stale_lock_file_starts_again()
    {
        var killed = await StartAsync();
        var pidFile = Path.Combine(_folder, "postgres", "postmaster.pid");
        using (
            var postmaster = Process.GetProcessById(
                int.Parse((await File.ReadAllLinesAsync(pidFile))[0], System.Globalization.CultureInfo.InvariantCulture)
            )
        )
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync();
        }

        Assert.True(File.Exists(pidFile));
        await killed.DisposeAsync();
        await using var again = await StartAsync();
        await ExecuteAsync(again, "SELECT 1");
    }

    [Fact]
    public async Task An_orphan_of_a_killed_host_is_taken_over_and_stopped_in_the_end()
    {
        await (await StartAsync()).DisposeAsync();
        var binaries = (await PostgresBinaries.FindAsync(CancellationToken.None))!;
        var user = await UnprivilegedUser.FindAsync(CancellationToken.None);
        var port = FreePort();
        var cluster = Path.Combine(_folder, "postgres");
        await user.RunAsync(
            binaries.Program("pg_ctl"),
            [
                "-D",
                cluster,
                "-l",
                Path.Combine(cluster, "server.log"),
                "-w",
                "-o",
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=",
                "start",
            ],
            CancellationToken.None
        );

        var host = await StartAsync();
        await ExecuteAsync(host, "SELECT 1");
        await host.DisposeAsync();

        Assert.Equal(port, host.Port);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(host, "SELECT 1"));
    }

    [Fact]
    public async Task Two_hosts_that_start_at_once_share_one_server_and_the_last_stops_it()
    {
        var hosts = await Task.WhenAll(StartAsync(), StartAsync());
        await hosts[0].DisposeAsync();
        await ExecuteAsync(hosts[1], "SELECT 1");
        await hosts[1].DisposeAsync();

        Assert.Equal(hosts[0].Port, hosts[1].Port);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(hosts[1], "SELECT 1"));
    }

    [Fact]
    public async Task A_port_that_was_taken_meanwhile_is_left_to_its_owner()
    {
        var first = await StartAsync();
        await first.DisposeAsync();
        using var stranger = new TcpListener(IPAddress.Loopback, first.Port);
        stranger.Start();

        await using var second = await StartAsync();
        await ExecuteAsync(second, "SELECT 1");

        Assert.NotEqual(first.Port, second.Port);
    }

    [Fact]
    public async Task A_first_start_that_was_killed_half_way_is_made_anew()
    {
        var half = Directory.CreateDirectory(Path.Combine(_folder, "postgres.new"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "PG_VERSION"), "15\n");

        await using var started = await StartAsync();
        await ExecuteAsync(started, "SELECT 1");

        Assert.False(half.Exists && Directory.Exists(half.FullName));
    }

    [Fact]
    public async Task The_server_listens_on_loopback_only_and_asks_for_its_password()
    {
        await using var started = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(started.SuperUserConnectionString())
        {
            Password = "postgres",
        }.ConnectionString;

        await using var source = NpgsqlDataSource.Create(wrong);
        var refusal = await Assert.ThrowsAsync<PostgresException>(async () => await source.OpenConnectionAsync());

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        await using var above = NpgsqlDataSource.Create(started.SuperUserConnectionString());
        await using var command = above.CreateCommand(
            "SELECT current_setting('listen_addresses') || current_setting('unix_socket_directories')"
        );
        Assert.Equal("127.0.0.1", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Data_stands_elsewhere_when_the_user_cannot_enter_the_folder_and_nobody_else_may_own_that_place()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName != "root")
            return; // Only root starts the server as somebody else.
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var closed = Path.Combine(_folder, ".data");
        var options = new EmbeddedPostgresOptions(closed, Durable: false);
        var elsewhere =
            "/var/tmp/identity-"
            + Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(closed))
            )[..12];
        try
        {
            await using (
                var started = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance, CancellationToken.None)
            )
                await ExecuteAsync(started, "SELECT 1");

            Assert.True(File.Exists(Path.Combine(elsewhere, "postgres", "PG_VERSION")));
            Assert.False(Directory.Exists(Path.Combine(closed, "postgres")));
            await Process.Start("chown", ["nobody", elsewhere]).WaitForExitAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                EmbeddedPostgres.StartAsync(options, NullLogger.Instance, CancellationToken.None)
            );
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public async Task Where_there_is_no_server_the_message_names_what_to_install()
    {
        Directory.CreateDirectory(_folder);

        Assert.Null(await PostgresBinaries.FindAsync([_folder], CancellationToken.None));
        Assert.Contains("apt-get install postgresql", PostgresBinaries.HowToInstall, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private Task<EmbeddedPostgres> StartAsync() =>
        EmbeddedPostgres.StartAsync(new(_folder, Durable: false), NullLogger.Instance, CancellationToken.None);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ExecuteAsync(EmbeddedPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.OwnerConnectionString());
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
