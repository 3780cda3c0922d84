using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>Every grant that a client can redeem for a person without the person, each decided and ready.</summary>
internal sealed class ReadyGrants : IDisposable
{
    private readonly ExtensionGrantFixture _fixture;
    private readonly Dictionary<string, (RelyingParty Party, Func<HttpRequestMessage> Request)> _all = [];

    private ReadyGrants(ExtensionGrantFixture fixture, Guid userId) => (_fixture, UserId) = (fixture, userId);

    /// <summary>Whose grants they are.</summary>
    public Guid UserId { get; }

    /// <summary>refresh, device, ciba, exchange.</summary>
    public IReadOnlyCollection<string> Names => _all.Keys;

    public static async Task<ReadyGrants> MakeAsync(ExtensionGrantFixture fixture)
    {
        var email = $"person-{Guid.NewGuid():N}@example.com";
        ReadyGrants ready = new(fixture, await RelyingParty.CreateUserAsync(fixture.Database, email));
        using var browser = await fixture.PersonAsync(ready.UserId);
        await ready.AddWebAsync();
        await ready.AddDeviceAsync(browser);
        await ready.AddCibaAsync(browser, email);
        await fixture.LetTimePassAsync();
        return ready;
    }

    /// <summary>Redeems one.</summary>
    public async Task<Answer> RedeemAsync(string name)
    {
        await _fixture.LetTimePassAsync();
        return await _all[name].Party.SendAsync(_all[name].Request());
    }

    public void Dispose()
    {
        foreach (var (party, _) in _all.Values.DistinctBy(static one => one.Party))
            party.Dispose();
    }

    private async Task AddWebAsync()
    {
        RelyingParty web = new(_fixture.Host);
        await web.SignInAsync(UserId);
        var tokens = await web.GetTokensAsync("openid orders offline_access");
        _all["refresh"] = (web, () => web.RefreshRequest(tokens.RefreshToken!));
        RelyingParty gateway = new(_fixture.Host, "gateway");
        _all["exchange"] = (
            gateway,
            () =>
                gateway.Post(
                    "/connect/token",
                    ("grant_type", ExtensionGrantFixture.ExchangeGrant),
                    ("subject_token", tokens.AccessToken),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                    ("audience", "https://orders.example"),
                    ("scope", "orders")
                )
        );
    }

    private async Task AddDeviceAsync(PageBrowser browser)
    {
        RelyingParty tv = new(_fixture.Host, "tv");
        var device = await tv.SendAsync(tv.Post("/connect/device", ("scope", "openid")));
        var question = await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync("/device"), [("Input.Code", device["user_code"]!)])
        );
        await browser.SubmitAsync(question, [("decision", "allow")]);
        _all["device"] = (
            tv,
            () =>
                tv.Post(
                    "/connect/token",
                    ("grant_type", ExtensionGrantFixture.DeviceGrant),
                    ("device_code", device["device_code"])
                )
        );
    }

    private async Task AddCibaAsync(PageBrowser browser, string email)
    {
        RelyingParty bank = new(_fixture.Host, "bank");
        var asked = await bank.SendAsync(
            bank.Post("/connect/bc-authorize", ("scope", "openid"), ("login_hint", email))
        );
        await browser.SubmitAsync(await browser.GetAsync("/account/requests"), [], "handler=Allow");
        _all["ciba"] = (
            bank,
            () =>
                bank.Post(
                    "/connect/token",
                    ("grant_type", ExtensionGrantFixture.CibaGrant),
                    ("auth_req_id", asked["auth_req_id"])
                )
        );
    }
}
