using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Dpop;

/// <summary>Two instances of one provider that asks for nonces: what one says and saw, the other knows (RFC 9449
/// sections 8 and 11.1).</summary>
public sealed class DpopInstancesTests : IAsyncLifetime
{
    private const int Rounds = 10;
    private const int AtOnce = 20;
    private readonly ProofKey _key = new();
    private TestDatabase _database = null!;
    private IdentityHost _one = null!;
    private IdentityHost _two = null!;
    private Guid _user;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _user = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
        {
            ["Identity:Dpop:RequireNonce"] = "true",
        };
        _one = await IdentityHost.StartAsync(_database, settings);
        settings["Identity:Issuer"] = _one.Issuer;
        _two = await IdentityHost.StartAsync(_database, settings);
    }

    public async Task DisposeAsync()
    {
        _key.Dispose();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_nonce_is_asked_for_given_and_good_on_the_other_instance()
    {
        using RelyingParty party = new(_one);
        using RelyingParty elsewhere = new(_two);
        await party.SignInAsync(_user);
        var code = (await party.AuthorizeAsync())["code"];

        using var asked = await party.Backchannel.SendAsync(_key.Sign(party.CodeRequest(code), _one.Issuer));
        var nonce = asked.Headers.GetValues("DPoP-Nonce").Single();
        using var granted = await elsewhere.Backchannel.SendAsync(
            _key.Sign(party.CodeRequest(code), _one.Issuer, nonce: nonce)
        );
        var token = (await Answer.ReadAsync(granted)).AccessToken!;
        using var unnonced = await party.Backchannel.SendAsync(_key.Get("/connect/userinfo", _one.Issuer, token));
        using var next = await elsewhere.Backchannel.SendAsync(
            _key.Get("/connect/userinfo", _one.Issuer, token, granted.Headers.GetValues("DPoP-Nonce").Single())
        );

        Assert.Equal(
            (HttpStatusCode.BadRequest, "use_dpop_nonce"),
            (asked.StatusCode, (await Answer.ReadAsync(asked)).Error)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, unnonced.StatusCode);
        Assert.Contains("error=\"use_dpop_nonce\"", unnonced.Headers.WwwAuthenticate.Single().Parameter);
        Assert.Single(unnonced.Headers.GetValues("DPoP-Nonce"));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("not a nonce of ours at all, by far")]
    public async Task Another_nonce_is_answered_with_a_good_one(string nonce)
    {
        using RelyingParty service = new(_one, "service");

        using var response = await service.Backchannel.SendAsync(
            _key.Sign(service.Post("/connect/token", ("grant_type", "client_credentials")), _one.Issuer, nonce: nonce)
        );

        Assert.Equal("use_dpop_nonce", (await Answer.ReadAsync(response)).Error);
        Assert.Single(response.Headers.GetValues("DPoP-Nonce"));
    }

    [Fact]
    public async Task Of_twenty_uses_of_one_proof_at_once_on_two_instances_one_is_answered()
    {
        using RelyingParty one = new(_one, "service");
        using RelyingParty two = new(_two, "service");
        using var asked = await one.Backchannel.SendAsync(
            _key.Sign(one.Post("/connect/token", ("grant_type", "client_credentials")), _one.Issuer)
        );
        var nonce = asked.Headers.GetValues("DPoP-Nonce").Single();

        for (var round = 0; round < Rounds; round++)
        {
            var proof = _key.Proof("POST", _one.Issuer + "/connect/token", nonce: nonce);

            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, AtOnce)
                    .Select(i =>
                    {
                        var party = i % 2 == 0 ? one : two;
                        var request = party.Post("/connect/token", ("grant_type", "client_credentials"));
                        request.Headers.Add("DPoP", proof);
                        return party.SendAsync(request);
                    })
            );

            Assert.Single(answers, answer => answer.AccessToken is not null);
            Assert.All(
                answers.Where(answer => answer.AccessToken is null),
                answer => Assert.Equal("invalid_dpop_proof", answer.Error)
            );
        }
    }
}
