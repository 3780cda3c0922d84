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
    public async Task RFC_9126_a_pushed_request_begins_once_goes_on_for_its_browser_and_answers_once()
    {
        var uri = await Requests.PushAsync("app", Parameters, default);
        Assert.StartsWith("urn:ietf:params:oauth:request_uri:", uri, StringComparison.Ordinal);
        Assert.Null(await Requests.BeginOrResumeAsync(uri, "other", default));

        var begun = (
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Requests.BeginOrResumeAsync(uri, "app", default)))
        )
            .OfType<(IReadOnlyList<KeyValuePair<string, string>> Parameters, string RequestUri)>()
            .ToArray();

        var (parameters, running) = Assert.Single(begun);
        Assert.Equal(Parameters[..4], parameters);
        Assert.Null(await Requests.BeginOrResumeAsync(uri, "app", default));
        for (var i = 0; i < 3; i++)
            Assert.Equal(
                Parameters[..4],
                (await Requests.BeginOrResumeAsync(running, "app", default))!.Value.Parameters
            );
        Assert.Null(await Requests.BeginOrResumeAsync(running, "other", default));
        Assert.Single(
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Requests.FinishAsync(running, "app", default))),
            static won => won
        );
        Assert.Null(await Requests.BeginOrResumeAsync(running, "app", default));
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

        Assert.Null(await Requests.BeginOrResumeAsync(uri, "late", default));
    }

    [Theory]
    [InlineData("https://evil.example/request")]
    [InlineData("urn:ietf:params:oauth:request_uri:")]
    [InlineData("urn:ietf:params:oauth:request_uri:\0")]
    [InlineData("urn:identity:request:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Nothing_else_is_a_request_uri(string uri)
    {
        Assert.Null(await Requests.BeginOrResumeAsync(uri, "app", default));
        Assert.False(await Requests.FinishAsync(uri, "app", default));
    }
}
