using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Requests.Outbound;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>What is fetched from a real server, and from whom nothing is.</summary>
public sealed class ClientDocumentFetcherTests : IAsyncLifetime
{
    private DocumentServer _server = null!;

    public async Task InitializeAsync() => _server = await DocumentServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task In_production_no_address_of_this_machine_is_asked_by_number_or_by_name(string host)
    {
        using var fetcher = Fetcher(Environments.Production);
        var url = new UriBuilder(_server.Address) { Host = host, Path = "client.json" }.Uri;

        var result = await fetcher.FetchAsync(url);

        var unreachable = Assert.IsType<ClientDocumentFetch.Unreachable>(result);
        Assert.Contains("not allowed", unreachable.Reason, StringComparison.Ordinal);
        Assert.Equal(0, _server.Asked("client.json"));
    }

    [Theory]
    [InlineData("https://10.0.0.1/client.json")]
    [InlineData("https://169.254.169.254/client.json")]
    [InlineData("https://192.168.1.1/client.json")]
    [InlineData("https://100.64.0.1/client.json")]
    [InlineData("https://[::1]/client.json")]
    [InlineData("https://[fd00::1]/client.json")]
    [InlineData("https://[::ffff:10.0.0.1]/client.json")]
    public async Task Nor_is_a_private_one_even_in_development(string url)
    {
        using var fetcher = Fetcher(
            url.Contains("::1]", StringComparison.Ordinal) ? Environments.Production : Environments.Development
        );

        var result = await fetcher.FetchAsync(new(url));

        Assert.Contains("not allowed", Assert.IsType<ClientDocumentFetch.Unreachable>(result).Reason);
    }

    [Fact]
    public async Task A_server_that_answers_too_slowly_is_given_up()
    {
        _server.Answer("slow.json", static http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        using var fetcher = new ClientDocumentFetcher(
            OutboundHttp.Create(static _ => true, TimeSpan.FromMilliseconds(200), 1024)
        );

        var result = await fetcher.FetchAsync(new(_server.UrlOf("slow.json")));

        Assert.Contains("in time", Assert.IsType<ClientDocumentFetch.Unreachable>(result).Reason);
    }

    [Fact]
    public async Task A_document_of_five_kilobytes_is_read_and_a_byte_more_is_not()
    {
        _server.Answer("most.json", static http => DocumentServer.WriteAsync(http, new string(' ', 5 * 1024)));
        _server.Answer("more.json", static http => DocumentServer.WriteAsync(http, new string(' ', (5 * 1024) + 1)));
        using var fetcher = Fetcher(Environments.Development);

        var most = await fetcher.FetchAsync(new(_server.UrlOf("most.json")));
        var more = await fetcher.FetchAsync(new(_server.UrlOf("more.json")));

        Assert.IsType<ClientDocumentFetch.Fetched>(most);
        Assert.IsType<ClientDocumentFetch.NoDocument>(more);
    }

    [Fact]
    public async Task It_asks_for_JSON_without_a_cookie_and_learns_how_long_the_answer_holds()
    {
        var (accept, cookie) = ("", "");
        _server.Answer(
            "held.json",
            http =>
            {
                (accept, cookie) = ($"{http.Request.Headers.Accept}", $"{http.Request.Headers.Cookie}");
                http.Response.Headers.CacheControl = "public, max-age=600";
                http.Response.Headers.Age = "60";
                http.Response.Headers.SetCookie = "a=b";
                return DocumentServer.WriteAsync(http, "{}", "application/client+json; charset=utf-8");
            }
        );
        using var fetcher = Fetcher(Environments.Development);

        await fetcher.FetchAsync(new(_server.UrlOf("held.json")));
        var result = await fetcher.FetchAsync(new(_server.UrlOf("held.json")));

        Assert.Equal(TimeSpan.FromMinutes(9), Assert.IsType<ClientDocumentFetch.Fetched>(result).MaxAge);
        Assert.Equal(("application/json", ""), (accept, cookie));
    }

    private static ClientDocumentFetcher Fetcher(string environment) =>
        new(
            new OutboundAddresses(
                Options.Create(new OutboundOptions()),
                new HostingEnvironment { EnvironmentName = environment }
            )
        );
}
