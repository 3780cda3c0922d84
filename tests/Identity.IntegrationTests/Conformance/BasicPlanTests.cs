using System.Net;
using System.Text.Json;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The basic plan, first half: the request, the code, the ID token (OIDC Core 3.1, RFC 6749, RFC 7636, RFC
/// 9207).</summary>
public sealed class BasicPlanTests(ConformanceProvider plan) : IClassFixture<ConformanceProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public async Task ACodeGivesAVerifiedIdTokenAndAnAccessToken()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person);

        Assert.Equal(person.Subject, tokens.IdToken!.Claim("sub"));
        Assert.Null(tokens.RefreshToken);
    }

    [Fact]
    public async Task TheIdTokenIsSignedWithRs256UnlessTheClientRegisteredAnother()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person);

        Assert.Equal("RS256", tokens.IdToken!.Header.GetProperty("alg").GetString());
        Assert.NotEmpty(tokens.IdToken.Header.GetProperty("kid").GetString()!);
    }

    [Fact]
    public async Task TwoSignInsHaveTheSameSubjectAndDifferentCodesAndTokens()
    {
        using var person = plan.Browser();
        using var again = plan.Browser();

        var (first, second) = (await Client.SignInAsync(person), await Client.SignInAsync(again));

        Assert.Equal(first.IdToken!.Claim("sub"), second.IdToken!.Claim("sub"));
        Assert.NotEqual(first.AccessToken, second.AccessToken);
    }

    [Fact]
    public async Task ACodeRequestWithoutNonceIsAnsweredAndTheIdTokenHasNone()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, "openid", ("nonce", null));

        Assert.False(tokens.IdToken!.Has("nonce"));
    }

    [Fact]
    public async Task ARequestWithoutStateIsAnsweredWithoutState()
    {
        using var person = plan.Browser();

        // The client refuses an answer with a state that it did not send.
        Assert.NotNull((await Client.AuthorizeAsync(person, Client.Request("openid", ("state", null)))).Code);
    }

    [Theory]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "id_token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("scope", "openid no-such-scope", "invalid_scope")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("max_age", "yesterday", "invalid_request")]
    public async Task AFaultyRequestIsRefusedAtTheClientWithStateAndIssuer(string name, string? value, string error)
    {
        using var person = plan.Browser();

        var answer = await Client.AuthorizeAsync(person, Client.Request("openid", (name, value)));

        Assert.Equal(error, answer.Error);
        Assert.Empty(answer.Visit.Pages);
    }

    [Theory]
    [InlineData("https://rp.example/callback/more")]
    [InlineData("https://rp.example/callback?extra=1")]
    [InlineData("https://rp.example.evil.example/callback")]
    [InlineData("http://rp.example/callback")]
    [InlineData(null)]
    public async Task ARedirectUriThatIsNotRegisteredIsAnErrorPageAndNoRedirect(string? redirectUri)
    {
        using var person = plan.Browser();
        var request = Client.Request("openid", ("redirect_uri", redirectUri));

        var visit = await person.GoAsync(Client.Url(request), "https://nowhere.example/");

        Assert.Equal(
            (HttpStatusCode.BadRequest, "/connect/authorize"),
            (visit.Page.Status, visit.Page.Address.AbsolutePath)
        );
        Assert.Null(visit.Answer);
    }

    [Fact]
    public async Task PromptLoginAsksAgainAndAuthTimeIsNewer()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person);
        await Task.Delay(TimeSpan.FromSeconds(1.1));

        var (after, visit) = await Client.SignInSeenAsync(person, "openid", ("prompt", "login"));

        Assert.True(visit.WasAskedToSignIn);
        Assert.Equal(before.IdToken!.Claim("sub"), after.IdToken!.Claim("sub"));
        Assert.True(after.IdToken.Seconds("auth_time") > before.IdToken.Seconds("auth_time"));
    }

    [Fact]
    public async Task PromptNoneWithoutASessionIsLoginRequired()
    {
        using var person = plan.Browser();

        var answer = await Client.AuthorizeAsync(person, Client.Request("openid", ("prompt", "none")));

        Assert.Equal("login_required", answer.Error);
        Assert.Empty(answer.Visit.Pages);
    }

    [Fact]
    public async Task PromptNoneWithASessionAnswersWithTheSamePersonAndTheSameAuthTime()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person, "openid", ("max_age", "3600"));

        var (after, visit) = await Client.SignInSeenAsync(person, "openid", ("prompt", "none"), ("max_age", "3600"));

        Assert.Empty(visit.Pages);
        Assert.Equal(
            (before.IdToken!.Claim("sub"), before.IdToken.Claim("auth_time")),
            (after.IdToken!.Claim("sub"), after.IdToken.Claim("auth_time"))
        );
    }

    [Fact]
    public async Task PromptConsentAsksForConsentThoughItWasNotNeeded()
    {
        using var person = plan.Browser();
        await Client.SignInAsync(person);

        var (_, visit) = await Client.SignInSeenAsync(person, "openid", ("prompt", "consent"));

        Assert.Equal(["/consent"], visit.Pages);
    }

    [Fact]
    public async Task ARefusedConsentIsAccessDenied()
    {
        using var person = plan.Browser();
        person.Decision = "deny";

        var answer = await Client.AuthorizeAsync(person, Client.Request("openid", ("prompt", "consent")));

        Assert.Equal("access_denied", answer.Error);
    }

    [Fact]
    public async Task AMaxAgeThatIsOverAsksAgainAndAuthTimeIsNewer()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person);
        await Task.Delay(TimeSpan.FromSeconds(2.5));

        var (after, visit) = await Client.SignInSeenAsync(person, "openid", ("max_age", "1"));

        Assert.True(visit.WasAskedToSignIn);
        Assert.True(after.IdToken!.Seconds("auth_time") > before.IdToken!.Seconds("auth_time"));
    }

    [Fact]
    public async Task AMaxAgeThatIsNotOverAsksNothing()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person);

        var (after, visit) = await Client.SignInSeenAsync(person, "openid", ("max_age", "10000"));

        Assert.Empty(visit.Pages);
        Assert.Equal(before.IdToken!.Seconds("auth_time"), after.IdToken!.Seconds("auth_time"));
    }

    [Fact]
    public async Task IdTokenHintOfThePersonWhoIsThereIsAnswered()
    {
        using var person = plan.Browser();
        var before = await Client.SignInAsync(person);

        var after = await Client.SignInAsync(
            person,
            "openid",
            ("prompt", "none"),
            ("id_token_hint", before.IdTokenText)
        );

        Assert.Equal(before.IdToken!.Claim("sub"), after.IdToken!.Claim("sub"));
    }

    [Fact]
    public async Task IdTokenHintOfAnotherPersonIsLoginRequired()
    {
        using var bob = plan.BrowserOfBob();
        var his = await Client.SignInAsync(bob);
        using var person = plan.Browser();
        await Client.SignInAsync(person);

        var answer = await Client.AuthorizeAsync(
            person,
            Client.Request("openid", ("prompt", "none"), ("id_token_hint", his.IdTokenText))
        );

        Assert.Equal("login_required", answer.Error);
    }

    [Theory]
    [InlineData("login_hint", "somebody@example.org")]
    [InlineData("ui_locales", "se-NO fr de")]
    [InlineData("claims_locales", "se fr")]
    [InlineData("display", "popup")]
    [InlineData("display", "page")]
    [InlineData("acr_values", "1 2 urn:example:silver")]
    [InlineData("extra", "foobar")]
    public async Task AHintThatCannotBeMetIsNoError(string name, string value)
    {
        using var person = plan.Browser();

        Assert.NotNull((await Client.SignInAsync(person, "openid", (name, value))).IdToken);
    }

    [Fact]
    public async Task LoginHintFillsInTheAddressOnTheSignInPage()
    {
        using var person = plan.Browser();

        var visit = await person.Browser.FollowAsync(
            await person.Browser.GetAsync(Client.Url(Client.Request("openid", ("login_hint", "hinted@example.org"))))
        );

        Assert.Contains(visit.MainForm.Fields, field => field is { Name: "Input.Email", Value: "hinted@example.org" });
    }

    [Fact]
    public async Task TheRequestMayComeByPost()
    {
        using var person = plan.Browser();
        var request = Client.Request();

        var answer = Client.Read(
            request,
            await person.PostAsync(plan.Metadata.AuthorizationEndpoint, request.Parameters, request.RedirectUri)
        );

        Assert.NotNull((await Client.RedeemAsync(request, answer.Code!)).IdToken);
    }

    [Theory]
    [InlineData("request", "request_not_supported", "request_parameter_supported")]
    [InlineData("request_uri", "request_uri_not_supported", "request_uri_parameter_supported")]
    public async Task AnUnsignedRequestObjectIsNeverTaken(string name, string whenOff, string metadata)
    {
        using var person = plan.Browser();
        var value =
            name == "request" ? "eyJhbGciOiJub25lIn0.eyJzY29wZSI6Im9wZW5pZCJ9." : "https://rp.example/request.jwt";

        var answer = await Client.AuthorizeAsync(person, Client.Request("openid", (name, value)));

        string[] whenOn = ["invalid_request_object", "invalid_request_uri", whenOff];
        Assert.Contains(answer.Error, plan.Metadata.Flag(metadata) ? whenOn : [whenOff]);
    }

    [Fact]
    public async Task TheAccessTokenIsAJwtOfRfc9068()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, "openid api");

        var token = Jwt.Parse(tokens.AccessToken);
        new PublishedKeys(await plan.JsonAsync(plan.Metadata.JwksUri)).Verify(
            token,
            token.Header.GetProperty("alg").GetString()!
        );
        Assert.Equal("at+jwt", token.Header.GetProperty("typ").GetString());
        Assert.Equal(
            (plan.Issuer, person.Subject, Client.ClientId),
            (token.Claim("iss"), token.Claim("sub"), token.Claim("client_id"))
        );
        Assert.Contains("api", token.Audiences);
        Assert.Equal(["api", "openid"], token.Claim("scope")!.Split(' ').Order());
        Assert.NotEmpty(token.Claim("jti")!);
        Assert.Equal(tokens.Answer.GetProperty("expires_in").GetInt64(), token.Seconds("exp") - token.Seconds("iat"));
        Assert.DoesNotContain(
            token.Payload.EnumerateObject(),
            static claim => claim.Value.ValueKind == JsonValueKind.Null
        );
    }
}
