using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>A collector that takes OTLP over HTTP, whatever is sent to it, and passes it on. Protobuf keeps strings as
/// they are, so they can be looked for.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
    private readonly ConcurrentQueue<HttpStatusCode> _answers = new();
    private readonly HttpClient _http = new();
    private readonly Uri _next;
    private int _refused;

    /// <param name="next">Where everything is passed on to; what it answers is answered.</param>
    public OtlpCollector(Uri next)
    {
        _next = next;
        Address = $"http://localhost:{IdentityProcess.FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = ReceiveAsync();
    }

    public string Address { get; }

    /// <summary>Answers the first request with audit events by 503, and forgets it.</summary>
    public bool RefusesAuditEventsOnce { get; init; }

    public IEnumerable<string> Bodies => _received.Select(static one => one.Body);

    /// <summary>What the next receiver answered.</summary>
    public IReadOnlyCollection<HttpStatusCode> Answers => _answers;

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

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
    }

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
            using MemoryStream bytes = new();
            await context.Request.InputStream.CopyToAsync(bytes);
            var body = Encoding.Latin1.GetString(bytes.ToArray());
            if (
                RefusesAuditEventsOnce
                && body.Contains("Identity.Audit", StringComparison.Ordinal)
                && Interlocked.Exchange(ref _refused, 1) == 0
            )
                context.Response.StatusCode = 503;
            else
            {
                context.Response.StatusCode = await PassOnAsync(context.Request, bytes.ToArray());
                _received.Enqueue((context.Request.Url!.AbsolutePath, body));
            }
            context.Response.Close();
        }
    }

    private async Task<int> PassOnAsync(HttpListenerRequest request, byte[] body)
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType!);
        if (request.Headers["Content-Encoding"] is { } encoding)
            content.Headers.ContentEncoding.Add(encoding);
        using var answer = await _http.PostAsync(new Uri(_next, request.Url!.AbsolutePath), content);
        _answers.Enqueue(answer.StatusCode);
        return (int)answer.StatusCode;
    }
}
