using System.Globalization;
using Identity.Core.Data;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.IntegrationTests.Faults;

/// <summary>A PostgreSQL of a test's own, which it may stop, freeze and fail over to a standby. Migrated.</summary>
internal sealed class PostgresServers : IAsyncDisposable
{
    private readonly string _folder;
    private readonly EmbeddedPostgres _primary;
    private readonly PostgresBinaries _binaries;
    private readonly UnprivilegedUser _user;
    private int _standbyPort;

    private PostgresServers(
        string folder,
        EmbeddedPostgres primary,
        PostgresBinaries binaries,
        UnprivilegedUser user
    ) => (_folder, _primary, _binaries, _user) = (folder, primary, binaries, user);

    private string Primary => Path.Combine(_folder, "cluster", "postgres");

    private string Standby => Path.Combine(_folder, "standby");

    /// <summary>The application's connection to the primary.</summary>
    public string ConnectionString => _primary.ApplicationConnectionString();

    /// <summary>The application's connection to both, in the form of libpq.</summary>
    public string AddressOfBoth(int standbyPort)
    {
        NpgsqlConnectionStringBuilder one = new(ConnectionString);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"postgres://{one.Username}:{one.Password}@127.0.0.1:{one.Port},"
                + $"127.0.0.1:{standbyPort}/{one.Database}?target_session_attrs=primary"
        );
    }

    public static async Task<PostgresServers> StartAsync()
    {
        var folder = Path.Combine("/tmp", "identity-faults-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        // The standby's folder is made beside the primary's, by the server's user.
        await (await UnprivilegedUser.FindAsync(CancellationToken.None)).OwnAsync(folder, CancellationToken.None);
        var primary = await EmbeddedPostgres.StartAsync(
            new(Path.Combine(folder, "cluster"), EndWithProcess: true),
            NullLogger.Instance,
            CancellationToken.None
        );
        await using (var owner = NpgsqlDataSource.Create(primary.OwnerConnectionString()))
            await new MigrationRunner(owner).UpAsync(CancellationToken.None);
        return new(
            folder,
            primary,
            (await PostgresBinaries.FindAsync(CancellationToken.None))!,
            await UnprivilegedUser.FindAsync(CancellationToken.None)
        );
    }

    /// <summary>Copies the primary and lets the copy follow it. Returns its port.</summary>
    public async Task<int> AddStandbyAsync()
    {
        // A copy of a server that is stopped is whole, and needs none of the tools of a backup.
        await ControlAsync(Primary, "stop", "-m", "fast", "-w");
        await RunProgramAsync("cp", "-a", Primary, Standby);
        await StartPrimaryAsync();
        NpgsqlConnectionStringBuilder super = new(_primary.SuperUserConnectionString());
        var settings = string.Create(
            CultureInfo.InvariantCulture,
            $"primary_conninfo = 'host=127.0.0.1 port={super.Port} user={super.Username} password={super.Password}'"
        );
        await RunProgramAsync("sh", "-c", $"echo \"{settings}\" >> {Standby}/postgresql.auto.conf");
        await RunProgramAsync("touch", Path.Combine(Standby, "standby.signal"));
        _standbyPort = IdentityProcess.FreePort();
        await StartStandbyAsync();
        return _standbyPort;
    }

    /// <summary>Ends the standby as a power cut does.</summary>
    public Task StopStandbyAsync() => ControlAsync(Standby, "stop", "-m", "immediate", "-w");

    /// <summary>Starts it again, on its port: it follows the primary.</summary>
    public Task StartStandbyAsync() => StartAsync(Standby, _standbyPort);

    /// <summary>Ends the primary as a power cut does.</summary>
    public Task StopPrimaryAsync() => ControlAsync(Primary, "stop", "-m", "immediate", "-w");

    /// <summary>Starts it again, on its port.</summary>
    public Task StartPrimaryAsync() => StartAsync(Primary, _primary.Port);

    /// <summary>Makes the standby the primary.</summary>
    public Task PromoteAsync() => ControlAsync(Standby, "promote", "-w");

    /// <summary>Stops every process of the primary in its tracks: connections stay open, and nothing answers.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets them go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _primary.DisposeAsync();
        if (Directory.Exists(Standby))
            await _user.RunAsync(
                _binaries.Program("pg_ctl"),
                ["-D", Standby, "-m", "immediate", "-w", "stop"],
                CancellationToken.None
            );
        Directory.Delete(_folder, recursive: true);
    }

    // The children first, so that the postmaster starts no new one meanwhile; when they go on, it goes on last.
    private async Task SignalAsync(string signal)
    {
        var (_, pid) = await _user.RunAsync("head", ["-n", "1", Path.Combine(Primary, "postmaster.pid")], default);
        var postmaster = pid.Trim();
        if (signal == "STOP")
            await KillAsync(signal, postmaster);
        foreach (var child in ChildrenOf(postmaster))
            await KillAsync(signal, child);
        if (signal != "STOP")
            await KillAsync(signal, postmaster);
    }

    private static IEnumerable<string> ChildrenOf(string parent) =>
        Directory
            .GetFiles($"/proc/{parent}/task/{parent}", "children")
            .SelectMany(static file =>
                File.ReadAllText(file)
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            );

    private static async Task KillAsync(string signal, string pid)
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-" + signal, pid]);
        await kill.WaitForExitAsync();
    }

    private Task StartAsync(string cluster, int port) =>
        ControlAsync(
            cluster,
            "start",
            "-w",
            "-l",
            Path.Combine(cluster, "server.log"),
            "-o",
            string.Create(
                CultureInfo.InvariantCulture,
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300"
            )
        );

    private Task ControlAsync(string cluster, string verb, params string[] arguments) =>
        RunAsync("pg_ctl", ["-D", cluster, "-t", "60", .. arguments, verb]);

    private Task RunAsync(string program, params string[] arguments) =>
        RunProgramAsync(_binaries.Program(program), arguments);

    private async Task RunProgramAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await _user.RunAsync(program, arguments, CancellationToken.None);
        if (exitCode != 0)
            throw new InvalidOperationException($"{program}: {output}");
    }
}
