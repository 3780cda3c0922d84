using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>A collector that takes OTLP over HTTP, whatever is sent to it. Protobuf keeps strings as they are, so they
/// can be looked for.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
    private int _refused;

    public OtlpCollector()
    {
        Address = $"http://localhost:{IdentityProcess.FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = ReceiveAsync();
    }

    public string Address { get; }

    /// <summary>Answers the first request with audit events by 503, and forgets it.</summary>
    public bool RefusesAuditEventsOnce { get; init; }

    public IEnumerable<string> Bodies => _received.Select(static one => one.Body);

    public string Everything => string.Join('\n', Bodies);

    /// <summary>Waits until one request to the path, or several, held all of these.</summary>
    public async Task WaitForAsync(string path, params string[] texts)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (texts.FirstOrDefault(text => !Has(path, text)) is { } missing)
        {
            Assert.False(patience.IsCancellationRequested, $"The collector never received '{missing}' at {path}.");
            await Task.Delay(100);
        }
    }

    public void Dispose() => _listener.Close();

    private bool Has(string path, string text) =>
        _received.Any(one => one.Path == path && one.Body.Contains(text, StringComparison.Ordinal));

    private async Task ReceiveAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using StreamReader reader = new(context.Request.InputStream, Encoding.Latin1);
            var body = await reader.ReadToEndAsync();
            if (
                RefusesAuditEventsOnce
                && body.Contains("Identity.Audit", StringComparison.Ordinal)
                && Interlocked.Exchange(ref _refused, 1) == 0
            )
                context.Response.StatusCode = 503;
            else
                _received.Enqueue((context.Request.Url!.AbsolutePath, body));
            context.Response.Close();
        }
    }
}
