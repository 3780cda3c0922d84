using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>A web server of the publishers of apps, on loopback: each path answers as a test says, and counts how often
/// it was asked.</summary>
internal sealed class DocumentServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);

    private DocumentServer(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    public static async Task<DocumentServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        DocumentServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Address = new(app.Urls.Single());
        return server;
    }

    public string UrlOf(string name) => new Uri(Address, name).AbsoluteUri;

    public int Asked(string name) => _asked.GetValueOrDefault("/" + name);

    public void Answer(string name, RequestDelegate answer) => _answers["/" + name] = answer;

    /// <summary>Serves a document, and returns its URL.</summary>
    public string Serve(string name, string members)
    {
        var url = UrlOf(name);
        var document = $$"""{"client_id":"{{url}}",{{members}}}""";
        Answer(name, http => WriteAsync(http, document));
        return url;
    }

    public static async Task WriteAsync(HttpContext http, string body, string type = "application/json")
    {
        http.Response.ContentType = type;
        await http.Response.WriteAsync(body);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        _asked.AddOrUpdate(path, 1, static (_, count) => count + 1);
        if (_answers.TryGetValue(path, out var answer))
            await answer(http);
        else
            http.Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
