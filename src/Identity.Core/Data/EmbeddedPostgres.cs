using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>How a private cluster is kept.</summary>
/// <param name="Folder">Where its data stands; made when missing.</param>
/// <param name="Durable">False only for tests: no fsync, nothing survives the machine.</param>
/// <param name="EndWithProcess">A watcher stops and removes the cluster when this process ends in any way. For
/// tests.</param>
public sealed record EmbeddedPostgresOptions(string Folder, bool Durable = true, bool EndWithProcess = false);

/// <summary>
/// A private PostgreSQL cluster for the first minute and for tests: loopback only, a password that nobody chose, a port
/// that was free. It survives a killed host
/// (its orphan is taken over, a stale lock file is swept), shares one cluster between hosts on the same folder, and
/// stops with the last of them.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string SuperUser = "postgres";
    private readonly PostgresBinaries _binaries;
    private readonly UnprivilegedUser _user;
    private readonly string _cluster;
    private readonly string _hostsLockPath;
    private readonly string _password;
    private FileStream? _hostsLock;

    private EmbeddedPostgres(
        PostgresBinaries binaries,
        UnprivilegedUser user,
        string folder,
        string password,
        int port,
        FileStream hostsLock
    )
    {
        _binaries = binaries;
        _user = user;
        _cluster = Path.Combine(folder, "postgres");
        _hostsLockPath = hostsLock.Name;
        _hostsLock = hostsLock;
        _password = password;
        Port = port;
    }

    /// <summary>The loopback port on which it listens.</summary>
    public int Port { get; }

    /// <summary>The connection string of the role that owns the schema and migrates it.</summary>
    public string OwnerConnectionString(string database = "identity") => ConnectionString("identity_owner", database);

    /// <summary>The connection string of the role that the application runs as (DB-6).</summary>
    public string ApplicationConnectionString(string database = "identity") =>
        ConnectionString("identity_service", database);

    /// <summary>The connection string of the cluster's superuser. For tests that look from above.</summary>
    public string SuperUserConnectionString(string database = "postgres") => ConnectionString(SuperUser, database);

    /// <summary>Starts the cluster, making it first when the folder is new, with a database <c>identity</c> and its two
    /// roles.</summary>
    /// <exception cref="InvalidOperationException">There are no server programs, or the server does not start; the
    /// message says what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        EmbeddedPostgresOptions options,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var binaries =
            await PostgresBinaries.FindAsync(cancellationToken)
            ?? throw new InvalidOperationException(PostgresBinaries.HowToInstall);
        var user = await UnprivilegedUser.FindAsync(cancellationToken);
        var folder = await ReachableFolderAsync(Path.GetFullPath(options.Folder), user, logger, cancellationToken);

        await using var startLock = await LockAsync(Path.Combine(folder, "start.lock"), cancellationToken);
        var password = await PasswordAsync(folder, cancellationToken);
        var cluster = Path.Combine(folder, "postgres");
        if (!File.Exists(Path.Combine(cluster, "PG_VERSION")))
            await CreateAsync(binaries, user, folder, cluster, password, cancellationToken);
        await EnsureVersionAsync(binaries, cluster, cancellationToken);
        var port = await RunningPortAsync(binaries, user, cluster, cancellationToken);
        if (port is not null)
            Log.ClusterTakenOver(logger, cluster, port.Value);
        port ??= await StartServerAsync(binaries, user, folder, options, cancellationToken);

        var hostsLock = new FileStream(
            Path.Combine(folder, "hosts.lock"),
            FileMode.OpenOrCreate,
            FileAccess.Read,
            FileShare.Read
        );
        var postgres = new EmbeddedPostgres(binaries, user, folder, password, port.Value, hostsLock);
        await postgres.PrepareAsync(cancellationToken);
        if (options.EndWithProcess)
            postgres.Watch(folder);
        Log.ClusterReady(logger, cluster, port.Value, binaries.MajorVersion);
        return postgres;
    }

    /// <summary>Stops the cluster, unless another host still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_hostsLock is null)
            return;
        // A host that starts at this moment either holds the cluster already, or finds it stopped.
        await using var startLock = await LockAsync(
            Path.Combine(Path.GetDirectoryName(_cluster)!, "start.lock"),
            CancellationToken.None
        );
        await _hostsLock.DisposeAsync();
        _hostsLock = null;
        try
        {
            await using var alone = new FileStream(
                _hostsLockPath,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            await _user.RunAsync(
                _binaries.Program("pg_ctl"),
                ["-D", _cluster, "-m", "fast", "-w", "-t", "30", "stop"],
                CancellationToken.None
            );
        }
        catch (IOException)
        {
            // Another host holds the cluster; the last one stops it.
        }
    }

    private static async Task<string> ReachableFolderAsync(
        string folder,
        UnprivilegedUser user,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(folder);
        if (await user.CanReachAsync(folder, cancellationToken))
            return folder;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12];
        var elsewhere = Path.Combine("/var/tmp", "identity-" + digest);
        Directory.CreateDirectory(elsewhere);
        // Anybody may make folders there: one that somebody else made, or a link to elsewhere, would hand them the
        // password.
        if (
            (
                await ChildProcess.RunAsync("test", ["-O", elsewhere, "-a", "!", "-L", elsewhere], cancellationToken)
            ).ExitCode != 0
        )
            throw new InvalidOperationException(
                $"{elsewhere} belongs to somebody else. Remove it, or start from a folder that other users can enter."
            );
        Log.ClusterElsewhere(logger, folder, elsewhere);
        return elsewhere;
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private static async Task<string> PasswordAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "postgres.password");
        if (File.Exists(path))
            return (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await WritePrivateAsync(path, password, cancellationToken);
        return password;
    }

    private static async Task WritePrivateAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(path, options);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
    }

    private static async Task CreateAsync(
        PostgresBinaries binaries,
        UnprivilegedUser user,
        string folder,
        string cluster,
        string password,
        CancellationToken cancellationToken
    )
    {
        // Made beside its place and moved there when it is whole, so that a killed initdb leaves nothing that looks
        // like a cluster.
        var unfinished = cluster + ".new";
        foreach (var left in new[] { unfinished, cluster }.Where(Directory.Exists))
            Directory.Delete(left, recursive: true);
        Directory.CreateDirectory(unfinished);
        await user.OwnAsync(unfinished, cancellationToken);
        var passwordFile = Path.Combine(folder, "initdb.password");
        await WritePrivateAsync(passwordFile, password + "\n", cancellationToken);
        await user.OwnAsync(passwordFile, cancellationToken);
        try
        {
            var (exitCode, output) = await user.RunAsync(
                binaries.Program("initdb"),
                [
                    "-D",
                    unfinished,
                    "-U",
                    SuperUser,
                    "-E",
                    "UTF8",
                    "--locale=C",
                    "-A",
                    "scram-sha-256",
                    "--pwfile=" + passwordFile,
                    "--no-sync",
                ],
                cancellationToken
            );
            if (exitCode != 0)
                throw new InvalidOperationException($"initdb failed ({exitCode}): {output.Trim()}");
            Directory.Move(unfinished, cluster);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static async Task EnsureVersionAsync(
        PostgresBinaries binaries,
        string cluster,
        CancellationToken cancellationToken
    )
    {
        var version = (await File.ReadAllTextAsync(Path.Combine(cluster, "PG_VERSION"), cancellationToken)).Trim();
        if (version != binaries.MajorVersion.ToString(CultureInfo.InvariantCulture))
            throw new InvalidOperationException(
                $"{cluster} was made by PostgreSQL {version}, and {binaries.Directory} is PostgreSQL {binaries.MajorVersion}. Name the older one in IDENTITY_POSTGRES_BIN, or remove the folder (its data is lost)."
            );
    }

    private static async Task<int?> RunningPortAsync(
        PostgresBinaries binaries,
        UnprivilegedUser user,
        string cluster,
        CancellationToken cancellationToken
    )
    {
        var (exitCode, _) = await user.RunAsync(
            binaries.Program("pg_ctl"),
            ["-D", cluster, "status"],
            cancellationToken
        );
        if (exitCode != 0)
            return null;
        // Line 4 of postmaster.pid is the port (PostgreSQL, miscadmin.h). The file belongs to the server's user.
        var (_, text) = await user.RunAsync("cat", [Path.Combine(cluster, "postmaster.pid")], cancellationToken);
        return
            text.Split('\n') is { Length: > 3 } lines
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
    }

    private static async Task<int> StartServerAsync(
        PostgresBinaries binaries,
        UnprivilegedUser user,
        string folder,
        EmbeddedPostgresOptions options,
        CancellationToken cancellationToken
    )
    {
        var cluster = Path.Combine(folder, "postgres");
        var logFile = Path.Combine(cluster, "server.log");
        var output = "";
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var port = FreePort();
            var settings =
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c shared_buffers=128MB -c log_min_messages=warning"
                + (
                    options.Durable
                        ? ""
                        : " -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB"
                );
            (var exitCode, output) = await user.RunAsync(
                binaries.Program("pg_ctl"),
                ["-D", cluster, "-l", logFile, "-w", "-t", "60", "-o", settings, "start"],
                cancellationToken
            );
            if (exitCode == 0)
                return port;
            // Between finding a port free and listening on it somebody else may have taken it. A stale lock file is
            // swept by PostgreSQL itself, but only
            // when the last children of a killed server have gone, which takes them a moment.
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }

        var (_, tail) = await user.RunAsync("tail", ["-n", "20", logFile], CancellationToken.None);
        throw new InvalidOperationException($"PostgreSQL does not start: {output.Trim()}\n{tail.Trim()}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var source = PostgresDataSource.Create(SuperUserConnectionString());
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        foreach (
            var (role, attributes) in new[]
            {
                ("identity_owner", "LOGIN CREATEROLE"),
                ("identity_app", "NOLOGIN"),
                ("identity_service", "LOGIN IN ROLE identity_app"),
            }
        )
        {
            // The password is hexadecimal and of our own making: there is nothing to escape, and DDL takes no
            // parameters.
            var password = role == "identity_app" ? "" : $" PASSWORD '{_password}'";
            await RunAsync(
                $"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} {attributes}{password}; END IF; END $$"
            );
        }

        await using var exists = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'identity')",
            connection
        );
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            await RunAsync("CREATE DATABASE identity OWNER identity_owner");

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    // Runs as the caller, who may look at this process and remove the folder; only pg_ctl steps down.
    private void Watch(string folder)
    {
        var (program, arguments) = _user.CommandLine(
            _binaries.Program("pg_ctl"),
            "-D",
            _cluster,
            "-m",
            "immediate",
            "stop"
        );
        var script =
            $"folder=$1; shift; while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; \"$@\" >/dev/null 2>&1; rm -rf \"$folder\"";
        var start = new ProcessStartInfo(
            ChildProcess.Find("setsid")
                ?? throw new InvalidOperationException("setsid is not on the PATH (package util-linux)."),
            ["sh", "-c", script, "watch", folder, program, .. arguments]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var watcher = Process.Start(start);
    }

    private string ConnectionString(string role, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = role,
            Password = _password,
            Database = database,
            MaxPoolSize = 60,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false,
        }.ConnectionString;
}
