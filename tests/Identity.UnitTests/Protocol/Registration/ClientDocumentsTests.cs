using System.Globalization;
using System.Net;
using Identity.Core.Clients;
using Identity.Core.Throttling;
using Identity.Server.Protocol.Registration;
using Identity.UnitTests.Passwords;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Protocol.Registration;

/// <summary>How long a metadata document is kept, how often it is fetched, and what happens when it changes, vanishes
/// or cannot be reached.</summary>
public sealed class ClientDocumentsTests : IDisposable
{
    private const string Url = "https://agent.example/client.json";
    private static readonly IPAddress From = IPAddress.Parse("192.0.2.1");

    private readonly DocumentHost _web = new();
    private readonly HandClock _clock = new();
    private readonly ClientDocumentFetcher _fetcher;
    private readonly ClientDocuments _documents;

    public ClientDocumentsTests()
    {
        ClientDocumentOptions options = new() { Enabled = true };
        options.AllowedHosts.Add("agent.example");
        _fetcher = new(new HttpClient(_web));
        _documents = new(
            Options.Create(options),
            _fetcher,
            new WriteLimiter(_clock),
            new HostingEnvironment { EnvironmentName = Environments.Production },
            _clock,
            NullLogger<ClientDocuments>.Instance
        );
    }

    public void Dispose()
    {
        _fetcher.Dispose();
        _web.Dispose();
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData("max-age=3600", 60)]
    [InlineData("max-age=0", 1)]
    [InlineData("no-store", 1)]
    [InlineData("max-age=31536000", 24 * 60)]
    public async Task A_document_is_kept_as_its_host_says_within_bounds(string? cacheControl, int minutes)
    {
        _web.Serve(Url, DocumentHost.Document(Url), cacheControl);

        await ResolveAsync();
        _clock.Move(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        await ResolveAsync();
        var before = _web.Asked;
        _clock.Move(TimeSpan.FromSeconds(1));
        await ResolveAsync();

        Assert.Equal((1, 2), (before, _web.Asked));
    }

    [Fact]
    public async Task Thirty_two_requests_at_once_fetch_a_document_once()
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        _web.Gate = new();

        var asking = Enumerable.Range(0, 32).Select(_ => Task.Run(() => ResolveAsync())).ToArray();
        while (_web.Asked == 0)
            await Task.Yield();
        _web.Gate.SetResult();
        var results = await Task.WhenAll(asking);

        Assert.All(results, static result => Assert.IsType<ClientDocumentResult.Described>(result));
        Assert.InRange(_web.Asked, 1, 2);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Gone)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.NoContent)]
    public async Task A_document_that_vanished_ends_its_client_for_running_grants_too(HttpStatusCode status)
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        await ResolveAsync();
        _web.Answer(Url, status);
        _clock.Move(ClientDocuments.UsualFresh);

        var result = await ResolveAsync(isNew: false);

        Assert.IsType<ClientDocumentResult.Refused>(result);
        Assert.Null(_documents.Find(Url, ClientCatalog.Empty));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(null)]
    public async Task While_its_host_is_down_running_grants_go_on_for_two_days_and_new_requests_do_not(
        HttpStatusCode? status
    )
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        await ResolveAsync();
        if (status is { } answered)
            _web.Answer(Url, answered);
        else
            _web.Break(Url);
        _clock.Move(ClientDocuments.MaxAge - TimeSpan.FromSeconds(1));

        var (running, fresh) = (await ResolveAsync(isNew: false), await ResolveAsync());
        _clock.Move(TimeSpan.FromSeconds(1));
        var late = await ResolveAsync(isNew: false);

        Assert.IsType<ClientDocumentResult.Described>(running);
        Assert.IsType<ClientDocumentResult.Refused>(fresh);
        Assert.IsType<ClientDocumentResult.Refused>(late);
    }

    [Fact]
    public async Task A_host_that_is_down_is_asked_once_a_minute_for_running_grants()
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        await ResolveAsync();
        _web.Break(Url);
        _clock.Move(ClientDocuments.UsualFresh);

        for (var i = 0; i < 10; i++)
            await ResolveAsync(isNew: false);
        var inOneMinute = _web.Asked;
        _clock.Move(ClientDocuments.Pause);
        await ResolveAsync(isNew: false);

        Assert.Equal((2, 3), (inOneMinute, _web.Asked));
    }

    [Fact]
    public async Task A_changed_document_holds_once_it_is_fetched_again()
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        await ResolveAsync();
        _web.Serve(Url, DocumentHost.Document(Url).Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        _clock.Move(ClientDocuments.UsualFresh);

        var result = await ResolveAsync();

        var client = Assert.IsType<ClientDocumentResult.Described>(result).Client;
        Assert.False(client.AllowsRedirectUri("http://127.0.0.1/callback"));
        Assert.True(client.AllowsRedirectUri("http://localhost/callback"));
    }

    [Fact]
    public async Task Neither_an_error_nor_an_invalid_document_is_kept()
    {
        _web.Serve(Url, "{}");
        var invalid = await ResolveAsync();
        _web.Break(Url);
        var broken = await ResolveAsync();
        _web.Serve(Url, DocumentHost.Document(Url));

        var mended = await ResolveAsync();

        Assert.IsType<ClientDocumentResult.Refused>(invalid);
        Assert.IsType<ClientDocumentResult.Refused>(broken);
        Assert.IsType<ClientDocumentResult.Described>(mended);
    }

    [Fact]
    public async Task The_developer_is_told_what_is_wrong_with_a_document_and_nothing_about_the_network()
    {
        _web.Serve(Url, "{}");
        var invalid = Assert.IsType<ClientDocumentResult.Refused>(await ResolveAsync());
        _web.Break(Url);
        var broken = Assert.IsType<ClientDocumentResult.Refused>(await ResolveAsync());

        Assert.Contains("client_id", invalid.Description, StringComparison.Ordinal);
        Assert.Equal("The metadata document could not be fetched.", broken.Description);
    }

    [Fact]
    public async Task One_address_causes_thirty_fetches_and_then_waits_and_another_does_not()
    {
        for (var i = 0; i < ClientDocuments.PerAddress.Burst; i++)
            await ResolveAsync(Numbered(i));

        var refused = await ResolveAsync(Numbered(100));
        var other = await ResolveAsync(Numbered(101), from: IPAddress.Parse("198.51.100.7"));

        Assert.IsType<ClientDocumentResult.TooMany>(refused);
        Assert.IsType<ClientDocumentResult.Refused>(other);
        Assert.Equal(ClientDocuments.PerAddress.Burst + 1, _web.Asked);
    }

    [Fact]
    public async Task All_together_cause_three_hundred_fetches_and_running_grants_do_not_suffer()
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        await ResolveAsync();
        _clock.Move(ClientDocuments.UsualFresh);
        for (var i = 0; i < ClientDocuments.InAll.Burst; i++)
            await ResolveAsync(
                Numbered(i),
                from: IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 200}.{i % 200}"))
            );

        var (fresh, running) = (await ResolveAsync(), await ResolveAsync(isNew: false));

        Assert.IsType<ClientDocumentResult.TooMany>(fresh);
        Assert.IsType<ClientDocumentResult.Described>(running);
    }

    [Fact]
    public async Task No_more_than_a_thousand_are_kept_and_the_one_in_use_stays()
    {
        _web.Serve(Url, DocumentHost.Document(Url), "max-age=86400");
        await ResolveAsync();
        for (var i = 0; i < ClientDocuments.MaxKept; i++)
        {
            _web.Serve(Numbered(i), DocumentHost.Document(Numbered(i)));
            _clock.Move(TimeSpan.FromSeconds(3));
            await ResolveAsync(Numbered(i));
            await ResolveAsync();
        }

        Assert.NotNull(_documents.Find(Url, ClientCatalog.Empty));
        Assert.Null(_documents.Find(Numbered(0), ClientCatalog.Empty));
        Assert.NotNull(_documents.Find(Numbered(1), ClientCatalog.Empty));
    }

    [Fact]
    public async Task A_host_that_is_not_on_the_list_is_never_asked()
    {
        var result = await ResolveAsync("https://elsewhere.example/client.json");

        Assert.IsType<ClientDocumentResult.Refused>(result);
        Assert.False(_documents.Includes("https://elsewhere.example/client.json"));
        Assert.Equal(0, _web.Asked);
    }

    [Fact]
    public async Task A_scope_that_the_operator_adds_later_is_the_clients_without_another_fetch()
    {
        _web.Serve(Url, DocumentHost.Document(Url));
        var before = Assert.IsType<ClientDocumentResult.Described>(await ResolveAsync()).Client;
        ClientCatalog without = new([], ApiScope.Standard.Where(static scope => scope.Name != "email"));

        var after = _documents.Find(Url, without);

        Assert.Contains("email", before.Scopes);
        Assert.DoesNotContain("email", after!.Scopes);
        Assert.Equal(1, _web.Asked);
    }

    private static string Numbered(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"https://agent.example/{number}.json");

    private async Task<ClientDocumentResult> ResolveAsync(
        string url = Url,
        bool isNew = true,
        IPAddress? from = null
    ) => await _documents.ResolveAsync(url, ClientCatalog.Empty, from ?? From, isNew, CancellationToken.None);
}
