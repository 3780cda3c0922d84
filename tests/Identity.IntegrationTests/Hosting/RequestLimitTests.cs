using System.Net;
using System.Net.Sockets;
using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>Hostile requests get 4xx, never 500, wherever they go.</summary>
public sealed class RequestLimitTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly string[] Paths =
    [
        "/connect/token",
        "/connect/introspect",
        "/connect/authorize",
        "/sign-in",
        "/there-is-no-such-page",
    ];

    [Fact]
    public async Task Hostile_forms_are_refused_everywhere()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        foreach (var path in Paths)
        {
            // The protocol's endpoints have an error of their own for it (RFC 6749 5.2), which goes with 400, and
            // ignore parameters that they do not know (3.1).
            var protocol = path.StartsWith("/connect/", StringComparison.Ordinal);
            await ExpectAsync(path, protocol ? 400 : 413, Form("password=" + new string('a', 5_000_000)));
            await ExpectAsync(
                path,
                400,
                Form(string.Join('&', Enumerable.Range(0, 3000).Select(static i => $"p{i}={i}")))
            );
            await ExpectAsync(path, 400, Form("client_id=a%00b"));
            if (!protocol)
                await ExpectAsync(path, 400, Form(new string('k', 500) + "=v"));
            await ExpectAsync(
                path,
                400,
                new ByteArrayContent([.. "client_id="u8, 0xFF, 0xFE, 0x80])
                {
                    Headers = { ContentType = new("application/x-www-form-urlencoded") },
                }
            );
            await ExpectAsync(
                path,
                400,
                new StringContent("--x\r\nbroken", Encoding.ASCII)
                {
                    Headers =
                    {
                        ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(
                            "multipart/form-data; boundary=y"
                        ),
                    },
                }
            );
        }

        async Task ExpectAsync(string path, int status, HttpContent content)
        {
            // A client that waits for the word to go on sees the refusal; one that does not is cut off.
            using HttpRequestMessage request = new(HttpMethod.Post, path)
            {
                Content = content,
                Headers = { ExpectContinue = true },
            };
            using var answer = await client.SendAsync(request);
            Assert.True(
                status == (int)answer.StatusCode || answer.StatusCode == HttpStatusCode.UnsupportedMediaType,
                $"{path}: {(int)answer.StatusCode} instead of {status}\n{await answer.Content.ReadAsStringAsync()}"
            );
        }
    }

    [Theory]
    [InlineData("?a=b%00c")]
    [InlineData("?a=%FF%FE")]
    [InlineData("?a=%C3%28")]
    public async Task Hostile_queries_are_refused(string query)
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var answer = await client.GetAsync("/connect/authorize" + query);
        using var many = await client.GetAsync(
            "/connect/authorize?" + string.Join('&', Enumerable.Range(0, 3000).Select(static i => $"p{i % 10}"))
        );

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
    }

    [Fact]
    public async Task Text_of_every_language_passes()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();

        using var answer = await client.GetAsync(
            "/there-is-no-such-page?a=" + Uri.EscapeDataString("Zürich 東京 🙂 100%")
        );

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData(
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: a={0}\r\n\r\n",
        40_000,
        "431"
    )]
    [InlineData("GET /{0} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 20_000, "414")]
    [InlineData("GET /a%00b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0, "400")]
    public async Task Hostile_heads_are_refused(string template, int length, string status)
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, host.BaseAddress.Port);

        await socket
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(template.Replace("{0}", new string('a', length), StringComparison.Ordinal))
            );
        using var reader = new StreamReader(socket.GetStream());
        var line = await reader.ReadLineAsync();

        Assert.StartsWith($"HTTP/1.1 {status} ", line, StringComparison.Ordinal);
    }

    private static StringContent Form(string body) =>
        new(body, Encoding.ASCII) { Headers = { ContentType = new("application/x-www-form-urlencoded") } };
}
