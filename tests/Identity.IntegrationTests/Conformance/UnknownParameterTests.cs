using System.Net;
using Identity.IntegrationTests.Protocol.Grants;
using Identity.Testing;

namespace Identity.IntegrationTests.Conformance;

/// <summary>What nobody has defined is ignored, at every endpoint (RFC 6749 sections 3.1 and 3.2, OIDC Core 3.1.2.1,
/// RFC 7662 section 2.1, RFC 7009 section 2.1): clients send parameters of other providers along.</summary>
public sealed class UnknownParameterTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    private const string Query = "unheard_of=1&audience=x&x%5B%5D=%C3%BC";

    private static readonly (string Name, string? Value)[] Unknown =
    [
        ("unheard_of", "1"),
        ("audience", "x"),
        ("x[]", "\u00FC"),
        ("ui_hint", ""),
    ];

    [Fact]
    public async Task From_the_request_to_the_end_of_its_tokens()
    {
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);

        var answer = await web.AuthorizeAsync("openid offline_access", Unknown);
        var code = await SendAsync(
            web,
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("code", answer["code"]),
            ("redirect_uri", web.RedirectUri),
            ("code_verifier", web.Verifier)
        );
        var refreshed = await SendAsync(
            web,
            "/connect/token",
            ("grant_type", "refresh_token"),
            ("refresh_token", code.RefreshToken)
        );
        var introspected = await SendAsync(web, "/connect/introspect", ("token", refreshed.AccessToken));
        var revoked = await SendAsync(web, "/connect/revoke", ("token", refreshed.RefreshToken));

        Assert.NotNull(code.IdToken);
        Assert.NotNull(refreshed.AccessToken);
        Assert.Equal("True", introspected["active"]);
        Assert.Equal(HttpStatusCode.OK, revoked.Status);
    }

    [Theory]
    [InlineData("service", "/connect/token", "grant_type", "client_credentials", HttpStatusCode.OK)]
    [InlineData("tv", "/connect/device", "scope", "openid", HttpStatusCode.OK)]
    [InlineData("bank", "/connect/bc-authorize", "login_hint", "ada@example.com", HttpStatusCode.OK)]
    public async Task At_what_a_client_asks_for_by_itself(
        string clientId,
        string path,
        string name,
        string value,
        HttpStatusCode expected
    )
    {
        using RelyingParty client = new(fixture.Host, clientId);

        var answer =
            clientId == "bank"
                ? await SendAsync(client, path, (name, value), ("scope", "openid"))
                : await SendAsync(client, path, (name, value));

        Assert.True(answer.Status == expected, answer.Text);
    }

    [Fact]
    public async Task At_a_pushed_request_which_leads_to_a_code_all_the_same()
    {
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);
        var asked = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(web.AuthorizeUrl().Split('?')[1]);

        var pushed = await SendAsync(
            web,
            "/connect/par",
            [.. asked.Select(static pair => (pair.Key, (string?)pair.Value.ToString()))]
        );
        using var answer = await web.Browser.GetAsync(
            $"/connect/authorize?client_id=web&request_uri={Uri.EscapeDataString(pushed["request_uri"]!)}&{Query}"
        );

        Assert.Equal(HttpStatusCode.Created, pushed.Status);
        Assert.True(web.AnswerOf(answer).ContainsKey("code"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task At_userinfo_by_either_method(string method)
    {
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);
        var token = (await web.GetTokensAsync("openid email")).AccessToken;
        using HttpRequestMessage request = new(new HttpMethod(method), "/connect/userinfo?" + Query)
        {
            Headers = { Authorization = new("Bearer", token) },
        };

        using var answer = await web.Backchannel.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/jwks.json")]
    [InlineData("/connect/check-session")]
    [InlineData("/health/ready")]
    [InlineData("/sign-in")]
    public async Task At_what_anybody_reads(string path)
    {
        using var client = fixture.Host.CreateClient();

        using var answer = await client.GetAsync($"{path}?{Query}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task At_the_end_of_a_session_which_is_asked_for_and_ends()
    {
        using var browser = await fixture.PersonAsync();

        var page = await browser.FollowAsync(await browser.GetAsync("/connect/end-session?" + Query));
        var ended = await browser.SubmitAsync(page, []);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.NotEqual(HttpStatusCode.BadRequest, ended.Status);
        Assert.StartsWith("/sign-in", (await browser.GetAsync("/account")).Location, StringComparison.Ordinal);
    }

    private static Task<Answer> SendAsync(
        RelyingParty party,
        string path,
        params (string Name, string? Value)[] form
    ) => party.SendAsync(party.Post(path, [.. form, .. Unknown]));
}
