using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Identity.Core.Data;

/// <summary>The programs of a private cluster: <c>initdb</c>, and <c>pg_ctl</c> to start, find and stop its
/// server.</summary>
internal sealed class EmbeddedPostgresServer(PostgresBinaries binaries, UnprivilegedUser user, string folder)
{
    private readonly string _cluster = Path.Combine(folder, "postgres");

    /// <summary>The data folder of the cluster.</summary>
    public string Cluster => _cluster;

    /// <summary>Whether the cluster exists.</summary>
    public bool Exists => File.Exists(Path.Combine(_cluster, "PG_VERSION"));

    /// <summary>Creates the cluster with a superuser that has this password.</summary>
    public async Task CreateAsync(string superUser, string password, CancellationToken cancellationToken)
    {
        // Created in a temporary folder and moved when complete, so that a killed initdb leaves nothing that looks like
        // a cluster.
        var unfinished = _cluster + ".new";
        foreach (var left in new[] { unfinished, _cluster }.Where(Directory.Exists))
            Directory.Delete(left, recursive: true);
        Directory.CreateDirectory(unfinished);
        await user.OwnAsync(unfinished, cancellationToken);
        var passwordFile = Path.Combine(folder, "initdb.password");
        await EmbeddedPostgresFolder.WritePrivateAsync(passwordFile, password + "\n", cancellationToken);
        await user.OwnAsync(passwordFile, cancellationToken);
        try
        {
            var (exitCode, output) = await user.RunAsync(
                binaries.Program("initdb"),
                [
                    "-D",
                    unfinished,
                    "-U",
                    superUser,
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
            Directory.Move(unfinished, _cluster);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    /// <summary>Refuses a cluster of another PostgreSQL version.</summary>
    public async Task EnsureVersionAsync(CancellationToken cancellationToken)
    {
        var version = (await File.ReadAllTextAsync(Path.Combine(_cluster, "PG_VERSION"), cancellationToken)).Trim();
        if (version != binaries.MajorVersion.ToString(CultureInfo.InvariantCulture))
            throw new InvalidOperationException(
                $"{_cluster} was made by PostgreSQL {version}, and {binaries.Directory} is PostgreSQL "
                    + $"{binaries.MajorVersion}. Name the older one in IDENTITY_POSTGRES_BIN, "
                    + "or remove the folder (its data is lost)."
            );
    }

    /// <summary>The port of the running server; null if there is none.</summary>
    public async Task<int?> RunningPortAsync(CancellationToken cancellationToken)
    {
        var (exitCode, _) = await user.RunAsync(
            binaries.Program("pg_ctl"),
            ["-D", _cluster, "status"],
            cancellationToken
        );
        if (exitCode != 0)
            return null;
        // Line 4 of postmaster.pid is the port (PostgreSQL, miscadmin.h). The file belongs to the server's user.
        var (_, text) = await user.RunAsync("cat", [Path.Combine(_cluster, "postmaster.pid")], cancellationToken);
        return
            text.Split('\n') is { Length: > 3 } lines
            && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
    }

    /// <summary>Starts the server on a free port, which is returned.</summary>
    public async Task<int> StartAsync(bool durable, CancellationToken cancellationToken)
    {
        var logFile = Path.Combine(_cluster, "server.log");
        var output = "";
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var port = FreePort();
            var settings =
                $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c "
                + "shared_buffers=128MB -c log_min_messages=warning"
                + (
                    durable ? "" : " -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=4GB"
                );
            (var exitCode, output) = await user.RunAsync(
                binaries.Program("pg_ctl"),
                ["-D", _cluster, "-l", logFile, "-w", "-t", "60", "-o", settings, "start"],
                cancellationToken
            );
            if (exitCode == 0)
                return port;
            // Another program may take the port between the check and the start. PostgreSQL removes a stale lock file
            // itself, but only once the last child processes of a killed server have ended, which takes a moment.
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

    /// <summary>Stops the server.</summary>
    public Task StopAsync() =>
        user.RunAsync(
            binaries.Program("pg_ctl"),
            ["-D", _cluster, "-m", "fast", "-w", "-t", "30", "stop"],
            CancellationToken.None
        );

    /// <summary>Starts a process that stops and removes the cluster when this one ends for any reason.</summary>
    /// <remarks>It runs as the caller, who may inspect this process and remove the folder; only pg_ctl runs as the
    /// other user.</remarks>
    public void Watch()
    {
        var (program, arguments) = user.CommandLine(
            binaries.Program("pg_ctl"),
            "-D",
            _cluster,
            "-m",
            "immediate",
            "stop"
        );
        var script =
            $"folder=$1; shift; while kill -0 {Environment.ProcessId} 2>/dev/null; do sleep 1; done; "
            + "\"$@\" >/dev/null 2>&1; rm -rf \"$folder\"";
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
}
