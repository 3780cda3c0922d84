using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Identity.Core.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Testing;

/// <summary>
/// The real program on a loopback port, over a test database. Only the clock, mail and outbound HTTP may be replaced,
/// and only by the caller's <c>replace</c>. Two hosts over one <see cref="TestDatabase"/> are two instances of one
/// provider.
/// </summary>
public sealed class IdentityHost : IAsyncDisposable
{
    private const string CountHeader = "Test-Count-Sql";
    private readonly IAsyncDisposable _factory;
    private readonly ConcurrentDictionary<string, int> _counts;

    private IdentityHost(IAsyncDisposable factory, IServiceProvider services, ConcurrentDictionary<string, int> counts)
    {
        (_factory, _counts, Services) = (factory, counts, services);
        var address = services
            .GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.Single();
        BaseAddress = new UriBuilder(address) { Host = "localhost" }.Uri;
    }

    /// <summary>A public type of the program that ships.</summary>
    public static Type Shipped { get; } = typeof(Program);

    /// <summary>A public type of the program that starts: the one that ships, unless the tests of another engine's host
    /// say otherwise.</summary>
    public static Type EntryPoint { get; set; } = Shipped;

    /// <summary>The settings of fixtures that this program would refuse at its start, and that are therefore left
    /// out.</summary>
    public static IReadOnlySet<string> LeftOut { get; set; } = new HashSet<string>();

    /// <summary>Where it listens. Its issuer is the same without the last slash, unless a test sets another.</summary>
    public Uri BaseAddress { get; }

    /// <summary>What it calls itself.</summary>
    public string Issuer => Services.GetRequiredService<IConfiguration>()["Identity:Issuer"]!;

    /// <summary>What the program composed, for arranging and for looking inside.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Starts the program. Settings are configuration keys (<c>Identity:Issuer</c> ...) and win over every
    /// file.</summary>
    public static Task<IdentityHost> StartAsync(
        TestDatabase database,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? replace = null,
        Type? entryPoint = null
    ) =>
        Task.Run(() =>
            (IdentityHost)
                StartOfProgram
                    .MakeGenericMethod(entryPoint ?? EntryPoint)
                    .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [database, settings, replace], null)!
        );

    private static readonly MethodInfo StartOfProgram = typeof(IdentityHost).GetMethod(
        nameof(Start),
        BindingFlags.NonPublic | BindingFlags.Static
    )!;

    private static IdentityHost Start<TEntryPoint>(
        TestDatabase database,
        IReadOnlyDictionary<string, string?>? settings,
        Action<IServiceCollection>? replace
    )
        where TEntryPoint : class
    {
        ConcurrentDictionary<string, int> counts = new(StringComparer.Ordinal);
        // The issuer must be known before the program starts, so the port is chosen here. Host names of one
        // provider may differ; the issuer is then a setting.
        var port = FreePort();
        var factory = new WebApplicationFactory<TEntryPoint>().WithWebHostBuilder(builder =>
        {
            builder.UseUrls($"http://127.0.0.1:{port}");
            builder.UseSetting("Identity:Issuer", $"http://localhost:{port}");
            builder.UseSetting("ConnectionStrings:Identity", database.ConnectionString);
            builder.UseSetting("ConnectionStrings:IdentityMigrations", database.OwnerConnectionString);
            // All tests of a class come from one address, which would soon be asked for a proof of work. Tests of
            // that set their own.
            builder.UseSetting("Identity:BotDefence:AskAfterAttempts", "1000000");
            foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            {
                if (typeof(TEntryPoint) != EntryPoint || !LeftOut.Contains(key))
                    builder.UseSetting(key, value);
            }
            builder.ConfigureTestServices(services =>
            {
                services.AddSingleton<IStartupFilter>(new CountingFilter(counts));
                if (settings?.ContainsKey(TestPasswords.CostKey) != true)
                    services.AddQuickPasswords();
                replace?.Invoke(services);
            });
        });
        factory.UseKestrel();
        factory.StartServer();
        return new IdentityHost(factory, factory.Services, counts);
    }

    /// <summary>A browser of one's own: keeps cookies, and does not follow redirects, for a test wants to see
    /// them.</summary>
    public HttpClient CreateClient() => CreateBrowser().Client;

    /// <summary>The same, with its cookies at hand.</summary>
    /// <param name="from">The loopback address (127.0.0.0/8) that it comes from; by default 127.0.0.1.</param>
    public (HttpClient Client, BrowserCookies Cookies) CreateBrowser(IPAddress? from = null)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // On a busy machine an answer may take longer than the usual second; a body sent before it is cut off.
            Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
        };
        if (from is not null)
            handler.ConnectCallback = (context, cancel) => ConnectAsync(from, context.DnsEndPoint.Port, cancel);
        var cookies = new BrowserCookies(handler);
        return (new(cookies) { BaseAddress = BaseAddress }, cookies);
    }

    private static async ValueTask<Stream> ConnectAsync(IPAddress from, int port, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and counts the SQL commands that answering it took.</summary>
    public async Task<(HttpResponseMessage Response, int Commands)> SendCountedAsync(
        HttpClient client,
        HttpRequestMessage request
    )
    {
        var id = Guid.NewGuid().ToString("N");
        request.Headers.Add(CountHeader, id);
        var response = await client.SendAsync(request);
        await response.Content.LoadIntoBufferAsync();
        // The answer may be here before the last middleware has returned.
        for (var i = 0; i < 200; i++)
        {
            if (_counts.TryRemove(id, out var commands))
                return (response, commands);
            await Task.Delay(10);
        }

        throw new InvalidOperationException("The request never came back through the pipeline.");
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    // Free now; whoever takes it in the moment between makes the start fail loudly.
    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // First in the pipeline, so that whatever the program does for the request is counted.
    private sealed class CountingFilter(ConcurrentDictionary<string, int> counts) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    async (context, rest) =>
                    {
                        if (context.Request.Headers[CountHeader] is not [{ } id])
                        {
                            await rest(context);
                            return;
                        }

                        using var counter = SqlCommandCounter.Start();
                        try
                        {
                            await rest(context);
                        }
                        finally
                        {
                            counts[id] = counter.Commands;
                        }
                    }
                );
                next(app);
            };
    }
}
