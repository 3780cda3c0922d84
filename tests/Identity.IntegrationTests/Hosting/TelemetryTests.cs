using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>What an operator's collector receives from the real program: our own instruments, and nothing that somebody
/// typed.</summary>
public sealed class TelemetryTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_collector_receives_what_is_counted_and_no_secret()
    {
        using Collector collector = new();
        var folder = IdentityProcess.CreateFolder();
        var address = new Uri($"http://localhost:{IdentityProcess.FreePort()}");
        await using var host = IdentityProcess.Start(
            folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ConnectionStrings__Identity"] = fixture.Database.ConnectionString,
                ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
                ["Identity__AllowInsecureIssuer"] = "true",
                ["Identity__Keys__MasterKey"] = Convert.ToBase64String(new byte[32]),
                ["Identity__Clients__robot__Secret"] = "SECRET-of-the-robot-that-is-long-enough-00",
                ["Identity__Clients__robot__GrantTypes__0"] = "client_credentials",
                ["Identity__Clients__robot__Scopes__0"] = "api",
                ["Identity__Scopes__api__Resources__0"] = "https://api.example.com",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
            $"--urls={address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(address);
        using var http = new HttpClient { BaseAddress = address };

        foreach (var secret in new[] { "SECRET-of-the-robot-that-is-long-enough-00", "SECRET-wrong" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
            {
                Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.ASCII.GetBytes($"robot:{secret}"))
            );
            using var answer = await http.SendAsync(request);
            Assert.Equal(secret == "SECRET-wrong" ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, answer.StatusCode);
        }

        await collector.WaitForAsync([
            "identity.tokens.issued",
            "client_credentials",
            "identity.requests.refused",
            "invalid_client",
        ]);
        host.Terminate();
        await host.WaitForExitAsync(TimeSpan.FromSeconds(30));
        Directory.Delete(folder, recursive: true);
        Assert.DoesNotContain("SECRET", collector.Everything, StringComparison.Ordinal);
    }

    /// <summary>Takes whatever is sent to it. Protobuf keeps strings as they are, so they can be looked for.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<string> _received = new();

        public Collector()
        {
            Address = $"http://localhost:{IdentityProcess.FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = ReceiveAsync();
        }

        public string Address { get; }

        public string Everything => string.Join('\n', _received);

        public async Task WaitForAsync(IReadOnlyList<string> texts)
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
            while (texts.FirstOrDefault(text => !Everything.Contains(text, StringComparison.Ordinal)) is { } missing)
            {
                Assert.False(patience.IsCancellationRequested, $"The collector never received '{missing}'.");
                await Task.Delay(100);
            }
        }

        public void Dispose() => _listener.Close();

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
                _received.Enqueue(await reader.ReadToEndAsync());
                context.Response.Close();
            }
        }
    }
}
