using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>What was bound to a key stays bound (RFC 9449 section 5): at refresh, after CIBA, and at an
/// exchange.</summary>
public sealed class BoundTokenTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>, IDisposable
{
    private readonly ProofKey _key = new();

    private string Issuer => fixture.Host.Issuer;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task A_confidential_client_that_proved_a_key_gets_no_bearer_token_at_refresh()
    {
        using RelyingParty web = new(fixture.Host);
        await web.SignInAsync(fixture.UserId);
        var code = (await web.AuthorizeAsync("openid offline_access"))["code"];
        var tokens = await web.SendAsync(_key.Sign(web.CodeRequest(code), Issuer));

        var bare = await web.RefreshAsync(tokens.RefreshToken!);
        using ProofKey fresh = new();
        var proved = await web.SendAsync(fresh.Sign(web.RefreshRequest(tokens.RefreshToken!), Issuer));

        Assert.Equal("invalid_grant", bare.Error);
        Assert.Equal(fresh.Thumbprint, ThumbprintOf(proved));
    }

    [Fact]
    public async Task What_CIBA_gave_to_a_key_is_refreshed_with_a_key_alone()
    {
        using RelyingParty bank = new(fixture.Host, "bank");
        var email = $"person-{Guid.NewGuid():N}@example.com";
        var user = await RelyingParty.CreateUserAsync(fixture.Database, email);
        using var browser = await fixture.PersonAsync(user);
        var asked = await bank.SendAsync(
            bank.Post("/connect/bc-authorize", ("scope", "openid offline_access"), ("login_hint", email))
        );
        await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Allow");
        var poll = bank.Post(
            "/connect/token",
            ("grant_type", ExtensionGrantFixture.CibaGrant),
            ("auth_req_id", asked["auth_req_id"])
        );
        var tokens = await bank.SendAsync(_key.Sign(poll, Issuer));

        var bare = await bank.RefreshAsync(tokens.RefreshToken!);
        var proved = await bank.SendAsync(_key.Sign(bank.RefreshRequest(tokens.RefreshToken!), Issuer));

        Assert.Equal(_key.Thumbprint, ThumbprintOf(tokens));
        Assert.Equal("invalid_grant", bare.Error);
        Assert.Equal(_key.Thumbprint, ThumbprintOf(proved));
    }

    [Fact]
    public async Task A_bound_token_is_exchanged_for_a_bound_one_or_not_at_all()
    {
        using RelyingParty web = new(fixture.Host);
        using RelyingParty gateway = new(fixture.Host, "gateway");
        await web.SignInAsync(fixture.UserId);
        var code = (await web.AuthorizeAsync("openid api"))["code"];
        var subject = (await web.SendAsync(_key.Sign(web.CodeRequest(code), Issuer))).AccessToken!;
        using ProofKey own = new();

        var bare = await gateway.SendAsync(Exchange(gateway, subject));
        var bound = await gateway.SendAsync(own.Sign(Exchange(gateway, subject), Issuer));

        Assert.Equal("invalid_request", bare.Error);
        Assert.Equal(own.Thumbprint, ThumbprintOf(bound));
        Assert.Equal("DPoP", bound["token_type"]);
    }

    private static HttpRequestMessage Exchange(RelyingParty party, string subject) =>
        party.Post(
            "/connect/token",
            ("grant_type", ExtensionGrantFixture.ExchangeGrant),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", "https://api.example")
        );

    private static string? ThumbprintOf(Answer answer) =>
        Answer.Decode(answer.AccessToken!).Payload.GetProperty("cnf").GetProperty("jkt").GetString();
}
