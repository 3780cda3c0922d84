using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Logout;

/// <summary>A client's back-channel logout endpoint, a real HTTP server on loopback, that can be told how to
/// behave.</summary>
internal sealed class LogoutReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile Behaviour _behaviour = Behaviour.Acknowledge;

    private LogoutReceiver(WebApplication app) => _app = app;

    internal enum Behaviour
    {
        Acknowledge,
        Fail,
        Hang,
        Redirect,
        Flood,
    }

    /// <summary>Every token that came, with what was answered.</summary>
    public ConcurrentQueue<(string Token, int Status)> Received { get; } = new();

    /// <summary>How it answers from now on.</summary>
    public Behaviour Behave
    {
        set => _behaviour = value;
    }

    /// <summary>Stays known when the receiver is down.</summary>
    public Uri Address { get; private set; } = null!;

    public IEnumerable<string> Acknowledged =>
        Received.Where(static entry => entry.Status == 200).Select(static entry => entry.Token);

    /// <summary>Starts on a free port, or on one that it had before it went down.</summary>
    public static async Task<LogoutReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new LogoutReceiver(app);
        app.MapPost("/backchannel", (Delegate)receiver.ReceiveAsync);
        await app.StartAsync();
        receiver.Address = new(app.Urls.Single() + "/backchannel");
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpContext context)
    {
        var token = (await context.Request.ReadFormAsync())["logout_token"].ToString();
        switch (_behaviour)
        {
            case Behaviour.Hang:
                Received.Enqueue((token, 0));
                await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return Results.StatusCode(504);
            case Behaviour.Fail:
                Received.Enqueue((token, 500));
                return Results.StatusCode(500);
            case Behaviour.Redirect:
                Received.Enqueue((token, 307));
                return Results.Redirect("/backchannel", permanent: false, preserveMethod: true);
            case Behaviour.Flood:
                Received.Enqueue((token, -1));
                return Results.Text(new string('x', 100_000));
            default:
                Received.Enqueue((token, 200));
                return Results.Ok();
        }
    }
}
