using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Identity.Core.Data;
using Identity.Testing;

namespace Identity.IntegrationTests.Scale;

/// <summary>A Redis server of one's own on a loopback port, which keeps nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _port;

    private RedisServer(Process process, int port) => (_process, _port) = (process, port);

    public string Address => $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    public static async Task<RedisServer> StartAsync()
    {
        var port = IdentityProcess.FreePort();
        var user = await UnprivilegedUser.FindAsync(CancellationToken.None);
        var (program, arguments) = user.CommandLine(
            "/usr/bin/redis-server",
            [
                .. "--bind 127.0.0.1 --appendonly no --dir /tmp --daemonize no --enable-debug-command local".Split(' '),
                "--port",
                port.ToString(CultureInfo.InvariantCulture),
                "--save",
                "",
            ]
        );
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        RedisServer server = new(process, port);
        for (var i = 0; ; i++)
        {
            try
            {
                await server.AskAsync("PING");
                return server;
            }
            catch (SocketException) when (i < 200 && !process.HasExited)
            {
                await Task.Delay(25);
            }
        }
    }

    /// <summary>Everything that is stored, as text: names and values.</summary>
    public async Task<string> ReadAllAsync()
    {
        StringBuilder all = new();
        foreach (
            var line in (await AskAsync("KEYS *"))
                .Split("\r\n")
                .Where(static line => line.StartsWith("identity", StringComparison.Ordinal))
        )
            all.AppendLine(line).AppendLine(await AskAsync("HGETALL " + line));
        return all.ToString();
    }

    /// <summary>Stores one entry's value under the name of another.</summary>
    public Task CopyAsync(string from, string to) => AskAsync($"COPY {from} {to} REPLACE");

    /// <summary>For so long it accepts connections and answers nothing.</summary>
    public async Task HangAsync(TimeSpan time)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        await client
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"DEBUG SLEEP {time.TotalSeconds}\r\n")
                )
            );
        await Task.Delay(50);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> AskAsync(string command)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\nQUIT\r\n"));
        using StreamReader reader = new(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
