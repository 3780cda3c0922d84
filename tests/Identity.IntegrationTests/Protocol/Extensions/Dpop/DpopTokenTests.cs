using System.Net;
using System.Text.Json.Nodes;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Dpop;

/// <summary>DPoP at the token endpoint (RFC 9449 sections 5, 6, 10): what is bound, what is refused, and what it
/// costs.</summary>
public sealed class DpopTokenTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>, IDisposable
{
    private const string Spa = "https://spa.example/callback";
    private readonly ProofKey _key = new();

    private string Issuer => fixture.Host.Issuer;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task A_proof_binds_the_access_token_and_the_answer_says_so()
    {
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync("openid offline_access"))["code"];

        var tokens = await party.SendAsync(_key.Sign(party.CodeRequest(code), Issuer));

        Assert.Equal("DPoP", tokens["token_type"]);
        Assert.Equal(
            _key.Thumbprint,
            Answer.Decode(tokens.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString()
        );
        var seen = await party.IntrospectAsync(tokens.AccessToken!);
        Assert.Equal("DPoP", seen["token_type"]);
        Assert.Equal(_key.Thumbprint, seen.Json.GetProperty("cnf").GetProperty("jkt").GetString());
    }

    [Fact]
    public async Task A_refresh_token_of_a_public_client_is_good_with_its_key_alone_and_no_refusal_spends_it()
    {
        using ProofKey other = new();
        using var spa = await fixture.SignedInAsync("spa", Spa);
        var code = (await spa.AuthorizeAsync("openid offline_access"))["code"];
        var tokens = await spa.SendAsync(_key.Sign(spa.CodeRequest(code), Issuer));

        var bare = await spa.RefreshAsync(tokens.RefreshToken!);
        var stolen = await spa.SendAsync(other.Sign(spa.RefreshRequest(tokens.RefreshToken!), Issuer));
        var own = await spa.SendAsync(_key.Sign(spa.RefreshRequest(tokens.RefreshToken!), Issuer));
        var further = await spa.RefreshAsync(own.RefreshToken!);

        Assert.Equal(("invalid_grant", "invalid_grant", "invalid_grant"), (bare.Error, stolen.Error, further.Error));
        Assert.Equal("DPoP", own["token_type"]);
    }

    [Fact]
    public async Task A_public_client_that_takes_up_a_key_later_is_bound_from_then_on()
    {
        using var spa = await fixture.SignedInAsync("spa", Spa);
        var tokens = await spa.GetTokensAsync("openid offline_access");

        var bound = await spa.SendAsync(_key.Sign(spa.RefreshRequest(tokens.RefreshToken!), Issuer));
        var bare = await spa.RefreshAsync(bound.RefreshToken!);
        var own = await spa.SendAsync(_key.Sign(spa.RefreshRequest(bound.RefreshToken!), Issuer));

        Assert.Equal("DPoP", bound["token_type"]);
        Assert.Equal("invalid_grant", bare.Error);
        Assert.Equal(
            _key.Thumbprint,
            Answer.Decode(own.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString()
        );
    }

    [Fact]
    public async Task A_confidential_clients_refresh_token_is_bound_to_its_credentials_so_the_key_may_change()
    {
        using ProofKey next = new();
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync("openid offline_access", ("dpop_jkt", _key.Thumbprint)))["code"];
        var tokens = await party.SendAsync(_key.Sign(party.CodeRequest(code), Issuer));

        var refreshed = await party.SendAsync(next.Sign(party.RefreshRequest(tokens.RefreshToken!), Issuer));

        Assert.Equal(
            next.Thumbprint,
            Answer.Decode(refreshed.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString()
        );
    }

    [Fact]
    public async Task Client_credentials_are_bound_too()
    {
        using RelyingParty service = new(fixture.Host, "service");

        var answer = await service.SendAsync(
            _key.Sign(service.Post("/connect/token", ("grant_type", "client_credentials")), Issuer)
        );

        Assert.Equal(
            _key.Thumbprint,
            Answer.Decode(answer.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString()
        );
    }

    [Fact]
    public async Task A_code_asked_for_with_dpop_jkt_is_given_to_that_key_alone_and_no_refusal_spends_it()
    {
        using ProofKey other = new();
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync("openid", ("dpop_jkt", _key.Thumbprint)))["code"];

        var bare = await party.RedeemAsync(code);
        var stolen = await party.SendAsync(other.Sign(party.CodeRequest(code), Issuer));
        var own = await party.SendAsync(_key.Sign(party.CodeRequest(code), Issuer));

        Assert.Equal(("invalid_grant", "invalid_grant"), (bare.Error, stolen.Error));
        Assert.NotNull(own.AccessToken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I=")]
    [InlineData("{\"a\":1}")]
    public async Task A_dpop_jkt_that_is_no_thumbprint_is_refused(string value)
    {
        using var party = await fixture.SignedInAsync();

        var answer = await party.AuthorizeAsync("openid", ("dpop_jkt", value));

        Assert.Equal("invalid_request", answer["error"]);
    }

    [Fact]
    public async Task A_client_that_must_prove_a_key_gets_nothing_without_and_no_code_is_spent()
    {
        using var party = await fixture.SignedInAsync("bound", "https://bound.example/callback");
        var code = (await party.AuthorizeAsync())["code"];

        var bare = await party.RedeemAsync(code);
        var proved = await party.SendAsync(_key.Sign(party.CodeRequest(code), Issuer));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (bare.Status, bare.Error));
        Assert.NotNull(proved.AccessToken);
    }

    public static TheoryData<string, string, string?> Faults =>
        new()
        {
            { "header", "typ", "\"JWT\"" },
            { "header", "alg", "\"none\"" },
            { "header", "alg", "\"HS256\"" },
            { "header", "jwk", null },
            { "header", "jwk", "7" },
            { "header", "crit", "[\"exp\"]" },
            { "claims", "htm", "\"GET\"" },
            { "claims", "htu", "\"https://evil.example/connect/token\"" },
            { "claims", "iat", "1" },
            { "claims", "iat", "99999999999" },
            { "claims", "iat", "\"\\u0000\"" },
            { "claims", "jti", null },
            { "claims", "jti", "\"\"" },
            { "claims", "jti", "[]" },
            { "claims", "htu", "{}" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_proof_that_breaks_one_rule_is_refused(string part, string member, string? json)
    {
        using RelyingParty service = new(fixture.Host, "service");
        var request = _key.Sign(
            service.Post("/connect/token", ("grant_type", "client_credentials")),
            Issuer,
            change: (header, claims) =>
            {
                var target = part == "header" ? header : claims;
                target.Remove(member);
                if (json is not null)
                    target[member] = JsonNode.Parse(json);
            }
        );

        var answer = await service.SendAsync(request);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Two_proofs_an_empty_one_a_foreign_signature_and_a_huge_one_are_refused()
    {
        using ProofKey other = new();
        using RelyingParty service = new(fixture.Host, "service");
        var uri = Issuer + "/connect/token";
        var (mine, theirs) = (_key.Proof("POST", uri), other.Proof("POST", uri));
        var forged = mine[..(mine.LastIndexOf('.') + 1)] + theirs.Split('.')[2];
        string[][] headers =
        [
            [mine, theirs],
            [""],
            ["a.b"],
            ["..", ".."],
            [forged],
            [new string('a', 9000)],
            ["\"{}\".\"{}\".x"],
        ];

        foreach (var proofs in headers)
        {
            var request = service.Post("/connect/token", ("grant_type", "client_credentials"));
            request.Headers.TryAddWithoutValidation("DPoP", proofs);
            var answer = await service.SendAsync(request);
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (answer.Status, answer.Error));
        }
    }

    [Fact]
    public async Task A_wrong_secret_is_answered_before_the_proof_is_used_up()
    {
        using RelyingParty wrong = new(fixture.Host, "service", secret: "wrong");
        using RelyingParty right = new(fixture.Host, "service");
        var proof = _key.Proof("POST", Issuer + "/connect/token");

        var refused = await SendAsync(wrong, proof);
        var granted = await SendAsync(right, proof);

        Assert.Equal("invalid_client", refused.Error);
        Assert.NotNull(granted.AccessToken);
    }

    [Fact]
    public async Task Code_refresh_and_client_credentials_cost_one_command_more_than_without()
    {
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync("openid offline_access api"))["code"];

        var (redeemed, codeCommands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            _key.Sign(party.CodeRequest(code), Issuer)
        );
        var tokens = await Answer.ReadAsync(redeemed);
        var (_, refreshCommands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            _key.Sign(party.RefreshRequest(tokens.RefreshToken!), Issuer)
        );
        var (_, clientCommands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            _key.Sign(party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api")), Issuer)
        );

        Assert.Equal((2, 2, 1), (codeCommands, refreshCommands, clientCommands));
    }

    private static Task<Answer> SendAsync(RelyingParty party, string proof)
    {
        var request = party.Post("/connect/token", ("grant_type", "client_credentials"));
        request.Headers.Add("DPoP", proof);
        return party.SendAsync(request);
    }
}
