using System.Net;
using System.Net.Http.Headers;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The basic plan, second half: token endpoint, userinfo, scopes, refresh (OIDC Core 3.1.3, 5.3, 5.4, 12; RFC
/// 6749 4.1.3, 5, 6; RFC 6750).</summary>
public sealed class BasicPlanTokenTests(ConformanceProvider plan) : IClassFixture<ConformanceProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Theory]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    public async Task AClientMayAuthenticateBy(string method)
    {
        using var person = plan.Browser();

        Assert.NotNull((await new StrictClient(plan, plan.Client) { AuthMethod = method }.SignInAsync(person)).IdToken);
    }

    [Theory]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    public async Task AWrongSecretIsInvalidClientAndTheCodeIsStillGood(string method)
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var code = (await Client.AuthorizeAsync(person, request)).Code!;
        StrictClient wrong = new(plan, plan.Client with { Secret = "not-the-secret" }) { AuthMethod = method };

        var error = await wrong.RefusedAsync(wrong.CodeForm(request, code));

        Assert.Equal("invalid_client", error);
        Assert.NotNull((await Client.RedeemAsync(request, code)).IdToken);
    }

    [Fact]
    public async Task ACodeUsedTwiceIsRefusedAndWhatItGaveIsOver()
    {
        using var person = plan.Browser();
        var request = Client.Request("openid offline_access");
        var code = (await Client.AuthorizeAsync(person, request)).Code!;
        var tokens = await Client.RedeemAsync(request, code);

        var error = await Client.RefusedAsync(Client.CodeForm(request, code));

        // RFC 6749 4.1.2: what was issued for it SHOULD be revoked.
        Assert.Equal("invalid_grant", error);
        Assert.Equal(
            "invalid_grant",
            await Client.RefusedAsync(("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken))
        );
        Assert.Equal(HttpStatusCode.Unauthorized, (await BearerAsync(tokens.AccessToken)).Status);
    }

    [Fact]
    public async Task ACodeOfAnotherClientIsInvalidGrant()
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var code = (await Client.AuthorizeAsync(person, request)).Code!;
        StrictClient other = new(plan, plan.Other);

        Assert.Equal("invalid_grant", await other.RefusedAsync(other.CodeForm(request, code)));
    }

    [Theory]
    [InlineData("code_verifier", "wrong-verifier-wrong-verifier-wrong-verifier-00", "invalid_grant")]
    [InlineData("code_verifier", null, "invalid_request")]
    [InlineData("redirect_uri", "https://rp.example/elsewhere", "invalid_grant")]
    [InlineData("code", "no-such-code", "invalid_grant")]
    [InlineData("code", null, "invalid_request")]
    [InlineData("grant_type", "no-such-grant", "unsupported_grant_type")]
    [InlineData("grant_type", null, "invalid_request")]
    public async Task ATokenRequestWithAWrongPartIsRefused(string name, string? value, string error)
    {
        using var person = plan.Browser();
        var request = Client.Request();
        var code = (await Client.AuthorizeAsync(person, request)).Code!;

        var form = Client.CodeForm(request, code).Select(field => field.Name == name ? (name, value) : field).ToArray();

        Assert.Equal(error, await Client.RefusedAsync(form));
    }

    [Fact]
    public async Task TheTokenEndpointTakesNoGet()
    {
        using var response = await plan.Http.GetAsync(plan.Metadata.TokenEndpoint + "?grant_type=client_credentials");

        Assert.False(response.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("profile", "name", "given_name", "family_name", "locale", "updated_at")]
    [InlineData("email", "email", "email_verified")]
    [InlineData("address", "address")]
    [InlineData("phone", "phone_number", "phone_number_verified")]
    public async Task AScopeOpensItsClaimsAtUserinfoAndNoOthers(string scope, params string[] claims)
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, $"openid {scope}");
        var info = await Client.UserInfoAsync(tokens);

        Assert.Equal(claims.Append("sub").Order(), info.EnumerateObject().Select(static claim => claim.Name).Order());
        // A response with an access token need not repeat them in the ID token (OIDC Core 5.4).
        Assert.DoesNotContain(claims, tokens.IdToken!.Has);
    }

    [Fact]
    public async Task TheClaimsHaveTheTypesOfSection51()
    {
        using var person = plan.Browser();

        var info = await Client.UserInfoAsync(await Client.SignInAsync(person, "openid profile email address phone"));

        Assert.Equal(person.Email, info.GetProperty("email").GetString());
        Assert.True(info.GetProperty("email_verified").GetBoolean());
        Assert.True(info.GetProperty("updated_at").GetInt64() > 1_700_000_000);
        Assert.Equal("GB", info.GetProperty("address").GetProperty("country").GetString());
    }

    [Fact]
    public async Task WithoutMoreScopesUserinfoTellsTheSubjectAlone()
    {
        using var person = plan.Browser();

        var info = await Client.UserInfoAsync(await Client.SignInAsync(person));

        Assert.Equal("sub", Assert.Single(info.EnumerateObject()).Name);
    }

    [Fact]
    public async Task UserinfoMayBeAskedByPostWithHeaderOrBody()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person, "openid email");
        using HttpRequestMessage byHeader = new(HttpMethod.Post, plan.Metadata.UserInfoEndpoint)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken) },
            Content = new FormUrlEncodedContent([]),
        };
        using FormUrlEncodedContent body = new([new("access_token", tokens.AccessToken)]);

        using var headerAnswer = await plan.Http.SendAsync(byHeader);
        using var bodyAnswer = await plan.Http.PostAsync(plan.Metadata.UserInfoEndpoint, body);

        Assert.Equal(
            person.Email,
            (await StrictClient.ReadUserInfoAsync(headerAnswer, person.Subject)).GetProperty("email").GetString()
        );
        Assert.Equal(
            person.Email,
            (await StrictClient.ReadUserInfoAsync(bodyAnswer, person.Subject)).GetProperty("email").GetString()
        );
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("nonsense", "invalid_token")]
    public async Task UserinfoWithoutAGoodTokenIsAChallenge(string? token, string? error)
    {
        var (status, challenge) = await BearerAsync(token);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("Bearer", challenge.Scheme);
        // Who shows no token is told no error (RFC 6750 3.1).
        Assert.Equal(
            error is not null,
            challenge.Parameter?.Contains($"error=\"{error ?? "invalid_token"}\"", StringComparison.Ordinal) == true
        );
    }

    [Fact]
    public async Task AnIdTokenIsNoAccessToken()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        Assert.Equal(HttpStatusCode.Unauthorized, (await BearerAsync(tokens.IdTokenText)).Status);
    }

    [Fact]
    public async Task ARefreshTokenComesOnlyWhenOfflineAccessWasAskedForAndGivesTheSamePerson()
    {
        using var person = plan.Browser();
        var first = await Client.SignInAsync(person, "openid offline_access");
        await Task.Delay(TimeSpan.FromSeconds(1.1));

        var second = await Client.TokensAsync([("grant_type", "refresh_token"), ("refresh_token", first.RefreshToken)]);

        // OIDC Core 12.2; the client has seen that there is no nonce, for none was sent with this request.
        Assert.Equal(
            (first.IdToken!.Claim("iss"), first.IdToken.Claim("sub"), first.IdToken.Claim("auth_time")),
            (second.IdToken!.Claim("iss"), second.IdToken.Claim("sub"), second.IdToken.Claim("auth_time"))
        );
        Assert.True(second.IdToken.Seconds("iat") > first.IdToken.Seconds("iat"));
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.NotEqual(first.AccessToken, second.AccessToken);
    }

    [Fact]
    public async Task ARefreshTokenOfAnotherClientIsInvalidGrantAndStaysGood()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person, "openid offline_access");
        StrictClient other = new(plan, plan.Other);

        Assert.Equal(
            "invalid_grant",
            await other.RefusedAsync(("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken))
        );
        Assert.NotNull(
            (
                await Client.TokensAsync([("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken)])
            ).RefreshToken
        );
    }

    [Fact]
    public async Task ARefreshMayAskForLessAndNotForMore()
    {
        using var person = plan.Browser();
        var first = await Client.SignInAsync(person, "openid email offline_access");

        var error = await Client.RefusedAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", first.RefreshToken),
            ("scope", "openid email phone")
        );
        var less = await Client.TokensAsync([
            ("grant_type", "refresh_token"),
            ("refresh_token", first.RefreshToken),
            ("scope", "openid"),
        ]);

        Assert.Equal("invalid_scope", error);
        Assert.Equal("sub", Assert.Single((await Client.UserInfoAsync(less)).EnumerateObject()).Name);
    }

    [Fact]
    public async Task ARevokedTokenIsOverAndRevokingNonsenseIsNoError()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person, "openid offline_access");

        using var revoked = await Client.PostAsync(plan.Metadata.RevocationEndpoint, ("token", tokens.RefreshToken));
        using var nonsense = await Client.PostAsync(plan.Metadata.RevocationEndpoint, ("token", "nonsense"));

        // RFC 7009 2.2: 200 either way.
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (revoked.StatusCode, nonsense.StatusCode));
        Assert.Equal(
            "invalid_grant",
            await Client.RefusedAsync(("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken))
        );
    }

    [Fact]
    public async Task IntrospectionTellsItsOwnClientOfAnActiveTokenAndOthersNothing()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person, "openid offline_access");
        StrictClient other = new(plan, plan.Other);

        using var own = await Client.PostAsync(plan.Metadata.IntrospectionEndpoint, ("token", tokens.RefreshToken));
        using var foreign = await other.PostAsync(plan.Metadata.IntrospectionEndpoint, ("token", tokens.RefreshToken));

        var (told, hidden) = (await StrictJson.ReadAsync(own), await StrictJson.ReadAsync(foreign));
        Assert.True(told.GetProperty("active").GetBoolean());
        Assert.Equal(
            (Client.ClientId, person.Subject),
            (told.GetProperty("client_id").GetString(), told.GetProperty("sub").GetString())
        );
        // RFC 7662 2.2: nothing but that.
        Assert.Equal("active", Assert.Single(hidden.EnumerateObject()).Name);
        Assert.False(hidden.GetProperty("active").GetBoolean());
    }

    private async Task<(HttpStatusCode Status, AuthenticationHeaderValue Challenge)> BearerAsync(string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, plan.Metadata.UserInfoEndpoint);
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using var response = await plan.Http.SendAsync(request);
        return (response.StatusCode, response.Headers.WwwAuthenticate.FirstOrDefault() ?? new("none"));
    }
}
