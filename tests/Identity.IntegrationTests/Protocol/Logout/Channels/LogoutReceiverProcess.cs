using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Logout.Channels;

/// <summary>A client's back-channel endpoint: a Node process that validates what comes with npm jose, from the
/// provider's metadata.</summary>
internal sealed class LogoutReceiverProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;

    private LogoutReceiverProcess(Process process, Task reading, ConcurrentDictionary<string, JsonElement> heard) =>
        (_process, _reading, Heard) = (process, reading, heard);

    /// <summary>What it made of each post, by <c>sid</c>; what it refused stands under the error.</summary>
    public ConcurrentDictionary<string, JsonElement> Heard { get; }

    public static async Task<LogoutReceiverProcess> StartAsync(string issuer, string clientId, int port)
    {
        await NodePackages.InstalledAsync();
        ProcessStartInfo start = new("node", ["logout-receiver.mjs"])
        {
            WorkingDirectory = NodePackages.Folder,
            RedirectStandardOutput = true,
        };
        (start.Environment["ISSUER"], start.Environment["CLIENT_ID"], start.Environment["PORT"]) = (
            issuer,
            clientId,
            port.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        var ready =
            await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The receiver ended at once.");
        Assert.Equal(port.ToString(System.Globalization.CultureInfo.InvariantCulture), ready);
        ConcurrentDictionary<string, JsonElement> heard = new(StringComparer.Ordinal);
        var reading = Task.Run(async () =>
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                var post = JsonElement.Parse(line);
                heard[(post.TryGetProperty("sid", out var sid) ? sid : post.GetProperty("error")).GetString()!] = post;
            }
        });
        return new(process, reading, heard);
    }

    /// <summary>Waits until it has heard that this session is over.</summary>
    public async Task<JsonElement> HearsAsync(Guid sessionId)
    {
        for (var i = 0; i < 600; i++)
        {
            if (Heard.TryGetValue(sessionId.ToString("D"), out var post))
                return post;
            await Task.Delay(50);
        }
        throw new InvalidOperationException($"It never heard of {sessionId}, but: {string.Join(", ", Heard.Values)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _reading;
        _process.Dispose();
    }
}
