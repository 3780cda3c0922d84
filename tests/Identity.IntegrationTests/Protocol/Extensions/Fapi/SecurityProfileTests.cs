using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Identity.IntegrationTests.Protocol.Clients;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Fapi;

/// <summary>FAPI 2.0 security profile, 5.3.2 and 5.4: what it demands works, and what it forbids is refused, over HTTP,
/// for a client of profile Fapi2.</summary>
public sealed class SecurityProfileTests(MutualTlsFixture fixture) : IClassFixture<MutualTlsFixture>
{
    private const string ClientId = "fapi";

    private string Issuer => fixture.Behind.Issuer;

    [Fact]
    public async Task From_a_pushed_request_to_bound_tokens_with_iss_in_the_answer()
    {
        using var party = await SignedInAsync();

        var answer = await AuthorizeAsync(party);
        var tokens = await RedeemAsync(party, answer["code"]);

        Assert.Equal(Issuer, answer["iss"]);
        Assert.True(Answer.Decode(tokens.AccessToken!).Payload.TryGetProperty("cnf", out _));
        Assert.All(
            new[] { tokens.AccessToken!, tokens.IdToken! },
            static token => Assert.Equal("ES256", Answer.Decode(token).Header.GetProperty("alg").GetString())
        );
        Assert.InRange(
            await fixture.Database.ScalarAsync<TimeSpan>(
                "SELECT max(expires_at - created_at) FROM idp.grants WHERE kind = 'authorization_code' "
                    + "AND client_id = 'fapi'"
            ),
            TimeSpan.Zero,
            TimeSpan.FromSeconds(60.5)
        );
    }

    [Fact]
    public async Task With_DPoP_in_place_of_certificates_the_same_way_leads_to_tokens_that_are_bound_to_the_proved_key()
    {
        using RelyingParty party = new(fixture.Behind, "fapi-dpop", MutualTlsFixture.RedirectUri);
        using ProofKey proof = new();
        await party.SignInAsync(fixture.UserId);
        var pushed = await party.SendAsync(
            Form(
                "/connect/par",
                party.ClientId,
                KeyClientFixture.ParametersOf(party, "openid", ("dpop_jkt", proof.Thumbprint))
            )
        );
        using var response = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(party.ClientId, pushed["request_uri"]!)
        );
        KeyValuePair<string, string>[] code =
        [
            new("grant_type", "authorization_code"),
            new("code", party.AnswerOf(response)["code"]),
            new("redirect_uri", party.RedirectUri),
            new("code_verifier", party.Verifier),
        ];

        var unproved = await party.SendAsync(Form("/connect/token", party.ClientId, code));
        var tokens = await party.SendAsync(proof.Sign(Form("/connect/token", party.ClientId, code), Issuer));
        var person = await party.SendAsync(proof.Get("/connect/userinfo", Issuer, tokens.AccessToken!));

        Assert.Equal("invalid_dpop_proof", unproved.Error);
        Assert.Equal(
            ("DPoP", proof.Thumbprint),
            (
                tokens["token_type"],
                Answer.Decode(tokens.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString()
            )
        );
        Assert.Equal(fixture.UserId.ToString(), person["sub"]);
        Assert.NotEqual(HttpStatusCode.OK, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
    }

    [Fact]
    public async Task A_request_that_was_not_pushed_is_refused()
    {
        using var party = await SignedInAsync();
        var byValue = fixture.Key.RequestObject(ClientId, Issuer, KeyClientFixture.ParametersOf(party));

        using var signed = await party.Browser.GetAsync($"/connect/authorize?client_id={ClientId}&request={byValue}");

        Assert.Equal("invalid_request", (await party.AuthorizeAsync())["error"]);
        Assert.Equal("invalid_request", party.AnswerOf(signed)["error"]);
    }

    [Theory]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("code_challenge", null)]
    [InlineData("response_type", "code id_token")]
    [InlineData("response_mode", "fragment")]
    [InlineData("redirect_uri", "http://tls.example/callback")]
    public async Task What_the_profile_forbids_in_a_request_is_refused_when_it_is_pushed(string name, string? value)
    {
        using var party = await SignedInAsync();

        var pushed = await PushAsync(party, "openid", (name, value));

        Assert.Equal(HttpStatusCode.BadRequest, pushed.Status);
        Assert.Null(pushed["request_uri"]);
    }

    [Fact]
    public async Task The_redirect_uri_is_named_though_only_one_is_registered()
    {
        using var party = await SignedInAsync();

        Assert.Equal("invalid_request", (await PushAsync(party, "api", ("redirect_uri", null))).Error);
        Assert.Equal(HttpStatusCode.Created, (await PushAsync(party, "api")).Status);
    }

    [Fact]
    public async Task Without_a_proved_key_there_are_no_tokens_and_the_code_stays_good()
    {
        using var party = await SignedInAsync();
        var code = (await AuthorizeAsync(party))["code"];

        var unbound = await RedeemAsync(party, code, certificate: null);
        var own = await TokenAsync(null, ("grant_type", "client_credentials"), ("scope", "api"));

        Assert.Equal("invalid_request", unbound.Error);
        Assert.Equal("invalid_request", own.Error);
        Assert.NotNull((await RedeemAsync(party, code)).AccessToken);
    }

    [Theory]
    [InlineData("/connect/token")]
    [InlineData("list")]
    public async Task An_assertion_names_the_issuer_and_nothing_else(string audience)
    {
        var assertion = fixture.Key.Assertion(
            ClientId,
            Issuer,
            claims => claims["aud"] = audience == "list" ? new JsonArray(Issuer) : Issuer + audience
        );
        using var client = fixture.Behind.CreateClient();

        var answer = await MutualTlsFixture.PostAsync(
            client,
            "/connect/token",
            fixture.Issued,
            ("grant_type", "client_credentials"),
            ("scope", "api"),
            ("client_assertion_type", ClientKeyPair.AssertionType),
            ("client_assertion", assertion)
        );

        Assert.Equal("invalid_client", answer.Error);
    }

    [Fact]
    public async Task A_shared_secret_is_no_way_to_authenticate()
    {
        using var client = fixture.Behind.CreateClient();

        var answer = await MutualTlsFixture.PostAsync(
            client,
            "/connect/token",
            fixture.Issued,
            ("grant_type", "client_credentials"),
            ("client_id", ClientId),
            ("client_secret", TestClients.Secret)
        );

        Assert.Equal("invalid_client", answer.Error);
    }

    [Fact]
    public async Task Refresh_tokens_are_not_rotated_and_still_end_with_their_family()
    {
        using var party = await SignedInAsync();
        var tokens = await RedeemAsync(party, (await AuthorizeAsync(party, "openid offline_access"))["code"]);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => RefreshAsync(tokens.RefreshToken!, fixture.Issued))
        );
        var anotherCertificate = await RefreshAsync(tokens.RefreshToken!, fixture.SelfSigned);
        var leaves = await fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM public.refresh_tokens WHERE client_id = 'fapi' AND used_at IS NULL "
                + "AND revoked_at IS NULL"
        );
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'revoked' WHERE client_id = 'fapi'"
        );
        var ended = await RefreshAsync(tokens.RefreshToken!, fixture.Issued);

        Assert.All(answers, answer => Assert.Equal(tokens.RefreshToken, answer.RefreshToken));
        Assert.Equal(5, answers.Select(static answer => answer.AccessToken).Distinct().Count());
        Assert.Equal(1, leaves);
        // It is bound to the client, which authenticates, and not to one certificate, which is renewed (RFC 8705
        // section 7.1): the new one is what the new token is bound to.
        Assert.Equal(
            TlsClientRules.Thumbprint(fixture.SelfSigned),
            Answer
                .Decode(anotherCertificate.AccessToken!)
                .Payload.GetProperty("cnf")
                .GetProperty("x5t#S256")
                .GetString()
        );
        Assert.Equal("invalid_grant", ended.Error);
    }

    private async Task<RelyingParty> SignedInAsync()
    {
        RelyingParty party = new(fixture.Behind, ClientId, MutualTlsFixture.RedirectUri);
        await party.SignInAsync(fixture.UserId);
        return party;
    }

    private Task<Answer> PushAsync(
        RelyingParty party,
        string scope,
        params (string Name, string? Value)[] parameters
    ) =>
        SendAsync(
            "/connect/par",
            fixture.Issued,
            [
                .. KeyClientFixture
                    .ParametersOf(party, scope, parameters)
                    .Select(static field => (field.Key, field.Value)),
            ]
        );

    private async Task<Dictionary<string, string>> AuthorizeAsync(RelyingParty party, string scope = "openid")
    {
        var pushed = await PushAsync(party, scope);
        using var response = await party.Browser.GetAsync(
            KeyClientFixture.AuthorizeUrl(ClientId, pushed["request_uri"]!)
        );
        return party.AnswerOf(response);
    }

    private Task<Answer> RedeemAsync(RelyingParty party, string code) => RedeemAsync(party, code, fixture.Issued);

    private Task<Answer> RedeemAsync(RelyingParty party, string code, X509Certificate2? certificate) =>
        TokenAsync(
            certificate,
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", party.Verifier)
        );

    private Task<Answer> RefreshAsync(string token, X509Certificate2 certificate) =>
        TokenAsync(certificate, ("grant_type", "refresh_token"), ("refresh_token", token));

    private Task<Answer> TokenAsync(X509Certificate2? certificate, params (string Name, string Value)[] form) =>
        SendAsync("/connect/token", certificate, form);

    private HttpRequestMessage Form(string path, string clientId, IEnumerable<KeyValuePair<string, string>> form) =>
        new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([
                .. form,
                new("client_assertion_type", ClientKeyPair.AssertionType),
                new("client_assertion", fixture.Key.Assertion(clientId, Issuer)),
            ]),
        };

    private async Task<Answer> SendAsync(string path, X509Certificate2? certificate, (string Name, string Value)[] form)
    {
        using var client = fixture.Behind.CreateClient();
        return await MutualTlsFixture.PostAsync(
            client,
            path,
            certificate,
            [
                .. form,
                ("client_assertion_type", ClientKeyPair.AssertionType),
                ("client_assertion", fixture.Key.Assertion(ClientId, Issuer)),
            ]
        );
    }
}
