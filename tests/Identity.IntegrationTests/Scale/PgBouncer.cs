using System.Diagnostics;
using System.Globalization;
using System.Text;
using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Scale;

/// <summary>PgBouncer in transaction mode in front of a test database, with few connections to share.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;
    private readonly int _port;

    private PgBouncer(string folder, Process process, int port) => (_folder, _process, _port) = (folder, process, port);

    /// <summary>Starts it in front of these two connections.</summary>
    public static async Task<PgBouncer> StartAsync(TestDatabase database)
    {
        var folder = Path.Combine("/tmp", "identity-pgbouncer-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        var port = IdentityProcess.FreePort();
        NpgsqlConnectionStringBuilder server = new(database.ConnectionString);
        NpgsqlConnectionStringBuilder owner = new(database.OwnerConnectionString);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "users.txt"),
            $"\"{server.Username}\" \"{server.Password}\"\n\"{owner.Username}\" \"{owner.Password}\"\n"
        );
        var settings = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            [databases]
            * = host=127.0.0.1 port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder}/users.txt
            pool_mode = transaction
            default_pool_size = 4
            max_client_conn = 200
            """
        );
        var file = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(file, settings);
        var user = await UnprivilegedUser.FindAsync(CancellationToken.None);
        await user.OwnAsync(folder, CancellationToken.None);
        var (program, arguments) = user.CommandLine("/usr/sbin/pgbouncer", file);
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true };
        var process = Process.Start(start)!;
        StringBuilder said = new();
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        PgBouncer pooler = new(folder, process, port);
        await pooler.WaitAsync(database, said);
        return pooler;
    }

    /// <summary>The same connection, through the pooler.</summary>
    public string Through(string connectionString, string more = "") =>
        new NpgsqlConnectionStringBuilder(connectionString + ";" + more)
        {
            Host = "127.0.0.1",
            Port = _port,
        }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitAsync(TestDatabase database, StringBuilder said)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await using NpgsqlConnection connection = new(
                    Through(database.ConnectionString, "Pooling=false;No Reset On Close=true")
                );
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (i < 100 && !_process.HasExited)
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException failed)
            {
                throw new InvalidOperationException($"PgBouncer did not start: {said}", failed);
            }
        }
    }
}
