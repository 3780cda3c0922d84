using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Identity.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.IntegrationTests.Protocol.Endpoints.Token;

/// <summary>The token endpoint: what each grant hands out, what it refuses, and what it costs.</summary>
public sealed class TokenTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    private const string AllScopes = "openid profile email phone address offline_access orders";

    [Fact]
    public async Task Both_tokens_verify_against_the_published_keys_with_their_type_algorithm_and_audience()
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync(AllScopes);
        JsonWebKeySet keys = new(await party.Backchannel.GetStringAsync("/.well-known/jwks.json"));
        JsonWebTokenHandler handler = new();

        var access = await handler.ValidateTokenAsync(
            tokens.AccessToken,
            new TokenValidationParameters
            {
                ValidIssuer = fixture.Host.Issuer,
                ValidAudience = "https://orders.example",
                IssuerSigningKeys = keys.GetSigningKeys(),
                ValidTypes = ["at+jwt"],
                ValidAlgorithms = ["ES256"],
            }
        );
        var id = await handler.ValidateTokenAsync(
            tokens.IdToken,
            new TokenValidationParameters
            {
                ValidIssuer = fixture.Host.Issuer,
                ValidAudience = "web",
                IssuerSigningKeys = keys.GetSigningKeys(),
                ValidTypes = ["JWT"],
                ValidAlgorithms = ["RS256"],
            }
        );

        Assert.True(access.IsValid, access.Exception?.Message);
        Assert.True(id.IsValid, id.Exception?.Message);
        Assert.Equal(600, tokens.Json.GetProperty("expires_in").GetInt32());
    }

    [Theory]
    [InlineData("openid")]
    [InlineData("openid profile email phone address")]
    [InlineData("openid offline_access orders")]
    [InlineData("api")]
    public async Task The_claims_of_each_token_are_exactly_the_golden_ones(string scope)
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync(scope);
        var userInfo = scope.Contains("openid") ? (await party.UserInfoAsync(tokens.AccessToken!)).Json : default;

        var actual = string.Join(
            '\n',
            $"answer: {Names(tokens.Json)}",
            $"access token: {Names(Answer.Decode(tokens.AccessToken!).Payload)}",
            $"id token: {(tokens.IdToken is { } idToken ? Names(Answer.Decode(idToken).Payload) : "none")}",
            $"userinfo: {Names(userInfo)}"
        );

        var golden = await File.ReadAllTextAsync(
            Repository.PathOf($"tests/Identity.IntegrationTests/Protocol/Golden/claims {scope}.txt")
        );
        Assert.Equal(golden.Trim(), actual);
    }

    [Fact]
    public async Task The_id_token_says_the_truth_about_session_nonce_and_access_token()
    {
        using var party = await fixture.SignedInAsync();

        var tokens = await party.GetTokensAsync();

        var claims = Answer.Decode(tokens.IdToken!).Payload;
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken!));
        Assert.Equal("nonce-1", claims.GetProperty("nonce").GetString());
        Assert.Equal(party.Session!.Id.ToString("D"), claims.GetProperty("sid").GetString());
        Assert.Equal(fixture.UserId.ToString("D"), claims.GetProperty("sub").GetString());
        Assert.Equal("pwd", claims.GetProperty("amr")[0].GetString());
        Assert.Equal(Base64UrlEncoder.Encode(hash[..16]), claims.GetProperty("at_hash").GetString());
        Assert.Equal(party.Session.AuthTime.ToUnixTimeSeconds(), claims.GetProperty("auth_time").GetInt64());
    }

    [Fact]
    public async Task A_client_that_registered_ES256_gets_its_id_token_so()
    {
        using var party = await fixture.SignedInAsync("asking", "https://asking.example/callback");
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.grants (id, kind, user_id, client_id, scopes) "
                + "VALUES (gen_random_uuid(), 'consent', @user, 'asking', '{openid}') ON CONFLICT DO NOTHING",
            ("user", fixture.UserId)
        );

        var tokens = await party.GetTokensAsync();

        Assert.Equal("ES256", Answer.Decode(tokens.IdToken!).Header.GetProperty("alg").GetString());
    }

    [Fact]
    public async Task Code_refresh_and_client_credentials_keep_their_budgets()
    {
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync(AllScopes))["code"];

        var (redeemed, codeCommands) = await fixture.Host.SendCountedAsync(party.Backchannel, party.CodeRequest(code));
        var tokens = await Answer.ReadAsync(redeemed);
        var (_, refreshCommands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            party.RefreshRequest(tokens.RefreshToken!)
        );
        var (_, clientCommands) = await fixture.Host.SendCountedAsync(
            party.Backchannel,
            party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api"))
        );

        Assert.Equal((1, 1, 0), (codeCommands, refreshCommands, clientCommands));
    }

    [Fact]
    public async Task Client_credentials_give_a_token_of_the_client_and_nothing_of_a_person()
    {
        using RelyingParty service = new(fixture.Host, "service");

        var answer = await service.SendAsync(service.Post("/connect/token", ("grant_type", "client_credentials")));

        var claims = Answer.Decode(answer.AccessToken!).Payload;
        Assert.Equal("aud client_id exp iat iss jti scope sub", Names(claims));
        Assert.Equal("https://api.example", claims.GetProperty("aud").GetString());
        Assert.Null(answer.RefreshToken);
        Assert.Null(answer.IdToken);
    }

    [Theory]
    [InlineData("openid")]
    [InlineData("orders")]
    [InlineData("unheard-of")]
    public async Task Client_credentials_give_no_scope_beyond_the_clients_own(string scope)
    {
        using RelyingParty service = new(fixture.Host, "service");

        var answer = await service.SendAsync(
            service.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", scope))
        );

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_scope"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Refresh_keeps_auth_time_may_narrow_and_never_widens()
    {
        using var party = await fixture.SignedInAsync();
        var first = await party.GetTokensAsync(AllScopes);

        var narrowed = await party.RefreshAsync(first.RefreshToken!, "openid");
        var widened = await party.RefreshAsync(narrowed.RefreshToken!, "openid api");
        var whole = await party.RefreshAsync(narrowed.RefreshToken!);

        Assert.Equal("openid", narrowed["scope"]);
        Assert.Equal("invalid_scope", widened.Error);
        Assert.Equal(AllScopes, whole["scope"]);
        Assert.Equal(Claim(first, "auth_time"), Claim(whole, "auth_time"));
        Assert.Equal(Claim(first, "sid"), Claim(whole, "sid"));
        Assert.False(Answer.Decode(whole.IdToken!).Payload.TryGetProperty("nonce", out _));
    }

    [Theory]
    [InlineData("code_verifier", "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong", "invalid_grant")]
    [InlineData("code_verifier", null, "invalid_request")]
    [InlineData("redirect_uri", "https://app.example/other", "invalid_grant")]
    [InlineData("redirect_uri", null, "invalid_grant")]
    [InlineData("code", "nonsense", "invalid_grant")]
    [InlineData("code", null, "invalid_request")]
    [InlineData("grant_type", "password", "unsupported_grant_type")]
    [InlineData("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type")]
    [InlineData("grant_type", null, "invalid_request")]
    public async Task A_code_is_not_given_for_less_than_all_it_is_bound_to(string name, string? value, string error)
    {
        using var party = await fixture.SignedInAsync();
        Dictionary<string, string?> form = new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = (await party.AuthorizeAsync())["code"],
            ["redirect_uri"] = party.RedirectUri,
            ["code_verifier"] = party.Verifier,
        };
        form[name] = value;

        var answer = await party.SendAsync(
            party.Post("/connect/token", [.. form.Select(field => (field.Key, field.Value))])
        );

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer.Error));
        Assert.Equal("error error_description", Names(answer.Json));
        Assert.DoesNotContain("openiddict", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_code_and_a_refresh_token_of_one_client_are_worth_nothing_to_another_and_are_not_spent()
    {
        using var web = await fixture.SignedInAsync();
        using RelyingParty asking = new(fixture.Host, "asking", "https://asking.example/callback");
        using RelyingParty spa = new(fixture.Host, "spa");
        var code = (await web.AuthorizeAsync(AllScopes))["code"];

        var stolenCode = await asking.SendAsync(
            asking.Post(
                "/connect/token",
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", web.RedirectUri),
                ("code_verifier", web.Verifier)
            )
        );
        var tokens = await web.RedeemAsync(code);
        var stolenRefresh = await spa.RefreshAsync(tokens.RefreshToken!);
        var refreshed = await web.RefreshAsync(tokens.RefreshToken!);

        Assert.Equal("invalid_grant", stolenCode.Error);
        Assert.Equal("invalid_grant", stolenRefresh.Error);
        Assert.NotNull(refreshed.AccessToken);
    }

    [Fact]
    public async Task A_code_used_twice_ends_what_the_first_use_gave()
    {
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync(AllScopes))["code"];
        var tokens = await party.RedeemAsync(code);

        var again = await party.RedeemAsync(code);

        Assert.Equal("invalid_grant", again.Error);
        Assert.Equal("invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
        Assert.Equal(HttpStatusCode.Unauthorized, (await party.UserInfoAsync(tokens.AccessToken!)).Status);
    }

    [Fact]
    public async Task A_public_client_redeems_with_pkce_alone()
    {
        using var party = await fixture.SignedInAsync("spa", "https://spa.example/callback");

        var tokens = await party.GetTokensAsync("openid offline_access");

        Assert.NotNull(tokens.RefreshToken);
        Assert.NotNull((await party.RefreshAsync(tokens.RefreshToken)).RefreshToken);
    }

    [Theory]
    [InlineData("basic", null, HttpStatusCode.OK)]
    [InlineData("post", "invalid_client", HttpStatusCode.Unauthorized)]
    [InlineData("none", "invalid_client", HttpStatusCode.Unauthorized)]
    [InlineData("wrong", "invalid_client", HttpStatusCode.Unauthorized)]
    [InlineData("both", "invalid_request", HttpStatusCode.BadRequest)]
    public async Task A_client_authenticates_in_the_way_it_registered_only(
        string method,
        string? error,
        HttpStatusCode status
    )
    {
        using var client = fixture.Host.CreateClient();
        List<KeyValuePair<string, string>> form = [KeyValuePair.Create("grant_type", "client_credentials")];
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token");
        if (method is "basic" or "both" or "wrong")
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(
                    Encoding.ASCII.GetBytes($"service:{(method == "wrong" ? "guess" : TestClients.Secret)}")
                )
            );
        else
            form.Add(KeyValuePair.Create("client_id", "service"));
        if (method is "post" or "both")
            form.Add(KeyValuePair.Create("client_secret", TestClients.Secret));
        request.Content = new FormUrlEncodedContent(form);

        using var response = await client.SendAsync(request);

        var answer = await Answer.ReadAsync(response);
        Assert.Equal((status, error), (answer.Status, answer.Error));
        Assert.Equal(
            status == HttpStatusCode.Unauthorized,
            response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Basic")
        );
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    private static string Names(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
            ? string.Join(' ', json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal))
            : "none";

    private static string? Claim(Answer answer, string name) =>
        Answer.Decode(answer.AccessToken!).Payload.GetProperty(name).ToString();
}
