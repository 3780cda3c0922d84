using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>The settings of a private cluster.</summary>
/// <param name="Folder">The data folder; created if missing.</param>
/// <param name="Durable">False only for tests: no fsync, so data may be lost if the machine fails.</param>
/// <param name="EndWithProcess">A watcher stops and removes the cluster when this process ends for any reason. For
/// tests.</param>
public sealed record EmbeddedPostgresOptions(string Folder, bool Durable = true, bool EndWithProcess = false);

/// <summary> A private PostgreSQL cluster for a first start and for tests: loopback only, a random password, a free
/// port. It survives a killed host (the next host takes the running server over and removes a stale lock file). Hosts
/// on the same folder share one cluster, which stops with the last of them.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string SuperUser = "postgres";
    private readonly EmbeddedPostgresServer _server;
    private readonly string _folder;
    private readonly string _password;
    private FileStream? _hostsLock;

    private EmbeddedPostgres(
        EmbeddedPostgresServer server,
        string folder,
        string password,
        int port,
        FileStream hostsLock
    )
    {
        _server = server;
        _folder = folder;
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

    /// <summary>The connection string of the cluster's superuser. For tests that need full rights.</summary>
    public string SuperUserConnectionString(string database = "postgres") => ConnectionString(SuperUser, database);

    /// <summary>Starts the cluster. If the folder is new, it first creates the cluster, a database <c>identity</c> and
    /// its two roles.</summary>
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
        var folder = await EmbeddedPostgresFolder.ReachableAsync(
            Path.GetFullPath(options.Folder),
            user,
            logger,
            cancellationToken
        );
        EmbeddedPostgresServer server = new(binaries, user, folder);

        await using var startLock = await LockStartAsync(folder, cancellationToken);
        var password = await EmbeddedPostgresFolder.PasswordAsync(folder, cancellationToken);
        if (!server.Exists)
            await server.CreateAsync(SuperUser, password, cancellationToken);
        await server.EnsureVersionAsync(cancellationToken);
        var port = await server.RunningPortAsync(cancellationToken);
        if (port is not null)
            Log.ClusterTakenOver(logger, server.Cluster, port.Value);
        port ??= await server.StartAsync(options.Durable, cancellationToken);

        var hostsLock = new FileStream(
            Path.Combine(folder, "hosts.lock"),
            FileMode.OpenOrCreate,
            FileAccess.Read,
            FileShare.Read
        );
        var postgres = new EmbeddedPostgres(server, folder, password, port.Value, hostsLock);
        await postgres.PrepareAsync(cancellationToken);
        if (options.EndWithProcess)
            server.Watch();
        Log.ClusterReady(logger, server.Cluster, port.Value, binaries.MajorVersion);
        return postgres;
    }

    /// <summary>Stops the cluster unless another host still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_hostsLock is null)
            return;
        // A host that starts at this moment either holds the cluster already, or finds it stopped.
        await using var startLock = await LockStartAsync(_folder, CancellationToken.None);
        var hostsLock = _hostsLock.Name;
        await _hostsLock.DisposeAsync();
        _hostsLock = null;
        try
        {
            await using var alone = new FileStream(
                hostsLock,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            await _server.StopAsync();
        }
        catch (IOException)
        {
            // Another host holds the cluster; the last one stops it.
        }
    }

    private static Task<FileStream> LockStartAsync(string folder, CancellationToken cancellationToken) =>
        EmbeddedPostgresFolder.LockAsync(Path.Combine(folder, "start.lock"), cancellationToken);

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
            // The password is generated here and hexadecimal, so nothing needs escaping; DDL takes no parameters.
            var password = role == "identity_app" ? "" : $" PASSWORD '{_password}'";
            await RunAsync(
                $"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} "
                    + $"{attributes}{password}; END IF; END $$"
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
