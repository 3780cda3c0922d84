using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>Two instances of one provider, real requests at once, a hundred rounds: single-use things have one winner
/// (OA-5, OA-10).</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private const int Rounds = 100;
    private const int AtOnce = 6;
    private TestDatabase _database = null!;
    private IdentityHost _one = null!;
    private IdentityHost _two = null!;
    private Guid _user;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _user = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        _one = await IdentityHost.StartAsync(_database, ProtocolFixture.Settings);
        // One provider has one name, on whatever port an instance listens.
        _two = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(ProtocolFixture.Settings) { ["Identity:Issuer"] = _one.Issuer }
        );
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_same_code_gives_tokens_to_one_at_most_and_reuse_leaves_nothing_alive()
    {
        using RelyingParty party = new(_one);
        using RelyingParty second = new(_two);
        await party.SignInAsync(_user);

        for (var round = 0; round < Rounds; round++)
        {
            var code = (await party.AuthorizeAsync("openid offline_access"))["code"];

            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, AtOnce)
                    .Select(i =>
                    {
                        var request = party.CodeRequest(code);
                        return (i % 2 == 0 ? party : second).SendAsync(request);
                    })
            );

            Assert.Single(answers, answer => answer.AccessToken is not null);
            Assert.All(
                answers.Where(answer => answer.AccessToken is null),
                answer => Assert.Equal("invalid_grant", answer.Error)
            );
            Assert.Equal(0, await LiveLeavesAsync());
        }
    }

    [Fact]
    public async Task The_same_refresh_token_never_gives_two_live_leaves()
    {
        using RelyingParty party = new(_one);
        using RelyingParty second = new(_two);

        for (var round = 0; round < Rounds; round++)
        {
            await party.SignInAsync(_user);
            var tokens = await party.GetTokensAsync("openid offline_access");

            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, AtOnce)
                    .Select(i => (i % 2 == 0 ? party : second).RefreshAsync(tokens.RefreshToken!))
            );

            // Inside the grace window everybody gets the one successor, or the answer of a family that ended; never a
            // second one.
            Assert.Single(answers.Select(answer => answer.RefreshToken).OfType<string>().Distinct());
            Assert.Equal(1, await LiveLeavesAsync());
            var next = await second.RefreshAsync(
                answers.First(answer => answer.RefreshToken is not null).RefreshToken!
            );
            Assert.NotNull(next.RefreshToken);
            await party.SendAsync(party.Post("/connect/revoke", ("token", next.RefreshToken)));
        }
    }

    private async Task<long> LiveLeavesAsync() =>
        await _database.ScalarAsync<long>(
            """
            SELECT count(*) FROM public.refresh_tokens t JOIN idp.token_families f ON f.id = t.family_id
            WHERE t.used_at IS NULL AND t.revoked_at IS NULL AND f.revoked_at IS NULL
            """
        );
}
