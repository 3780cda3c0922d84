using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Identity.IntegrationTests.Pages;

/// <summary>A service that judges answers to challenges, as it may be met: it says yes, no, nonsense, or nothing at
/// all.</summary>
internal sealed class FakeVerifier : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public FakeVerifier()
    {
        _listener.Start();
        _running = RunAsync();
    }

    /// <summary>What it answers from now on; null hangs, with the connection open.</summary>
    public string? Verdict { get; set; } = """{"success": true}""";

    /// <summary>Its address.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/siteverify");

    /// <summary>What it was sent: head and body.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    private async Task RunAsync()
    {
        List<Task> talks = [];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        await Task.WhenAll(talks);
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                Requests.Enqueue(await ReadAsync(stream));
                if (Verdict is not { } verdict)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                    return;
                }
                var body = Encoding.UTF8.GetBytes(verdict);
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                            + $"{body.Length}\r\nConnection: close\r\n\r\n"
                    ),
                    _stop.Token
                );
                await stream.WriteAsync(body, _stop.Token);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                // Whoever asked has left, or the test is over.
                Requests.Enqueue(gone.GetType().Name);
            }
        }
    }

    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var (text, buffer) = ("", new byte[8192]);
        while (true)
        {
            text += Encoding.UTF8.GetString(buffer.AsSpan(0, await stream.ReadAsync(buffer, _stop.Token)));
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = System.Text.RegularExpressions.Regex.Match(text, "Content-Length: (\\d+)").Groups[1].Value;
            if (
                end > 0
                && length.Length > 0
                && text.Length >= end + 4 + int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)
            )
                return text;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }
}
