using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Webhooks;

/// <summary>A request as it came.</summary>
internal sealed record ReceivedWebhook(
    string Path,
    string Id,
    string Timestamp,
    string Signature,
    string Body,
    int Status
);

/// <summary>Endpoints on loopback, a real HTTP server; each path answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<string, int>> _answers = new(StringComparer.Ordinal);

    private WebhookReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<ReceivedWebhook> Received { get; } = new();

    public Uri Address { get; private set; } = null!;

    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.MapPost("/{path}", (Delegate)receiver.ReceiveAsync);
        await app.StartAsync();
        receiver.Address = new(app.Urls.Single());
        return receiver;
    }

    /// <summary>How a path answers the body from now on: a status, or 0 to hang. Without it, 204.</summary>
    public void Answer(string path, Func<string, int> status) => _answers[path] = status;

    public IEnumerable<ReceivedWebhook> At(string path) => Received.Where(entry => entry.Path == path);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpContext context, string path)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var status = _answers.TryGetValue(path, out var answer) ? answer(body) : 204;
        var headers = context.Request.Headers;
        Received.Enqueue(
            new(
                path,
                headers["webhook-id"].ToString(),
                headers["webhook-timestamp"].ToString(),
                headers["webhook-signature"].ToString(),
                body,
                status
            )
        );
        if (status == 0)
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return status is >= 300 and < 400
            ? Results.Redirect("/elsewhere", permanent: false, preserveMethod: true)
            : Results.StatusCode(status == 0 ? 504 : status);
    }
}
