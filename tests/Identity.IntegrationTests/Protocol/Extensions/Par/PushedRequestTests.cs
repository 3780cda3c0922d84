using System.Security.Cryptography;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Par;

public sealed class PushedRequestTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly MasterKey Master = new(RandomNumberGenerator.GetBytes(32));
    private static readonly KeyValuePair<string, string>[] Parameters =
    [
        new("scope", "openid"),
        new("resource", "a"),
        new("resource", "b"),
        new("login_hint", "someone@example.org"),
        new("client_secret", "s3cret"),
    ];

    private PushedRequests Requests =>
        new(
            new PersistedGrantStore(fixture.Database.Database, Master),
            new BegunRequestStore(fixture.Database.Database, Master)
        );

    [Fact]
    public async Task RFC_9126_a_pushed_request_is_begun_by_one_browser_and_answered_once()
    {
        var uri = await Requests.PushAsync("app", Parameters, default);
        Assert.StartsWith("urn:ietf:params:oauth:request_uri:", uri, StringComparison.Ordinal);
        Assert.Null(await BeginAsync(uri, RequestBrowser.Create(), "other"));

        var begun = (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => BeginAsync(uri, RequestBrowser.Create()))))
            .OfType<(IReadOnlyList<KeyValuePair<string, string>> Parameters, string RequestUri)>()
            .ToArray();

        var (parameters, running) = Assert.Single(begun);
        Assert.Equal(Parameters[..4], parameters);
        Assert.Null(await BeginAsync(uri, RequestBrowser.Create()));
        for (var i = 0; i < 3; i++)
            Assert.Equal(Parameters[..4], (await BeginAsync(running, RequestBrowser.Create()))!.Value.Parameters);
        Assert.Null(await BeginAsync(running, RequestBrowser.Create(), "other"));
        Assert.Single(
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Requests.FinishAsync(running, "app", default))),
            static won => won
        );
        Assert.Null(await BeginAsync(running, RequestBrowser.Create()));
    }

    [Fact]
    public async Task The_browser_that_began_a_request_finds_it_again_however_often_it_asks_until_it_is_answered()
    {
        var browser = RequestBrowser.Create();
        var uri = await Requests.PushAsync("app", Parameters, default);

        var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => BeginAsync(uri, browser)));

        var name = Assert.Single(begun.Select(static one => one?.RequestUri).Distinct());
        Assert.All(begun, static one => Assert.Equal(Parameters[..4], one!.Value.Parameters));
        await fixture.Database.ExecuteAsync("UPDATE idp.grants SET expires_at = now() - interval '1 second'");
        Assert.Equal(name, (await BeginAsync(uri, browser))?.RequestUri);
        Assert.Null(await BeginAsync(uri, RequestBrowser.Create()));
        Assert.Null(await BeginAsync(uri, browser, "other"));
        Assert.True(await Requests.FinishAsync(name!, "app", default));
        Assert.Null(await BeginAsync(uri, browser));
    }

    [Fact]
    public async Task OA_8_it_is_good_for_60_seconds_and_nothing_of_it_can_be_read_in_the_database()
    {
        var uri = await Requests.PushAsync("late", Parameters, default);
        Assert.InRange(
            await fixture.Database.ScalarAsync<TimeSpan>(
                "SELECT expires_at - created_at FROM idp.grants WHERE client_id = 'late'"
            ),
            TimeSpan.FromSeconds(59),
            TimeSpan.FromSeconds(61)
        );
        Assert.DoesNotContain(
            "someone",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(encode(payload, 'escape') || to_jsonb(g)::text, ' ') FROM idp.grants g"
            ),
            StringComparison.Ordinal
        );

        await fixture.Database.ExecuteAsync(
            "UPDATE idp.grants SET expires_at = now() - interval '1 second' WHERE client_id = 'late'"
        );

        Assert.Null(await BeginAsync(uri, RequestBrowser.Create(), "late"));
    }

    [Theory]
    [InlineData("https://evil.example/request")]
    [InlineData("urn:ietf:params:oauth:request_uri:")]
    [InlineData("urn:ietf:params:oauth:request_uri:\0")]
    [InlineData("urn:identity:request:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Nothing_else_is_a_request_uri(string uri)
    {
        Assert.Null(await BeginAsync(uri, RequestBrowser.Create()));
        Assert.False(await Requests.FinishAsync(uri, "app", default));
    }

    private Task<(IReadOnlyList<KeyValuePair<string, string>> Parameters, string RequestUri)?> BeginAsync(
        string uri,
        RequestBrowser browser,
        string clientId = "app"
    ) => Requests.BeginOrResumeAsync(uri, clientId, browser, default);
}
