using System.Text.Json.Nodes;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The basic plan, third part: the <c>claims</c> parameter (OIDC Core 5.5), which an optional module of the
/// Foundation's plan asks about too.</summary>
public sealed class BasicPlanClaimsTests(ConformanceProvider plan) : IClassFixture<ConformanceProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public void DiscoverySaysThatTheParameterIsHeeded() =>
        Assert.True(plan.Metadata.Flag("claims_parameter_supported"));

    [Theory]
    [InlineData("""{"userinfo":{"name":{"essential":true}}}""")]
    [InlineData("""{"userinfo":{"name":null}}""")]
    public async Task AClaimThatWasAskedForByNameComesFromUserinfo(string claims)
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(person, "openid", ("claims", claims));
        var info = await Client.UserInfoAsync(tokens);

        Assert.Equal("Ada Lovelace", info.GetProperty("name").GetString());
        Assert.False(info.TryGetProperty("email", out _));
        Assert.False(tokens.IdToken!.Has("name"));
    }

    [Fact]
    public async Task AClaimMayBeAskedForInTheIdToken()
    {
        using var person = plan.Browser();

        var tokens = await Client.SignInAsync(
            person,
            "openid",
            ("claims", """{"id_token":{"email":null,"auth_time":{"essential":true}}}""")
        );

        Assert.Equal(person.Email, tokens.IdToken!.Claim("email"));
        Assert.True(tokens.IdToken.Has("auth_time"));
    }

    [Fact]
    public async Task AClaimThatNobodyKnowsIsNoError()
    {
        using var person = plan.Browser();

        var info = await Client.UserInfoAsync(
            await Client.SignInAsync(
                person,
                "openid",
                ("claims", """{"userinfo":{"http://example.info/claims/groups":null}}""")
            )
        );

        Assert.Equal("sub", Assert.Single(info.EnumerateObject()).Name);
    }

    [Fact]
    public async Task ASubjectThatIsAnotherPersonsIsLoginRequired()
    {
        using var person = plan.Browser();
        await Client.SignInAsync(person);
        using var bob = plan.BrowserOfBob();

        var claims = new JsonObject
        {
            ["id_token"] = new JsonObject { ["sub"] = new JsonObject { ["value"] = bob.Subject } },
        };

        var answer = await Client.AuthorizeAsync(
            person,
            Client.Request("openid", ("prompt", "none"), ("claims", claims.ToJsonString()))
        );

        Assert.Equal("login_required", answer.Error);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"userinfo":[]}""")]
    public async Task WhatIsNoJsonObjectIsAnInvalidRequest(string claims)
    {
        using var person = plan.Browser();

        Assert.Equal(
            "invalid_request",
            (await Client.AuthorizeAsync(person, Client.Request("openid", ("claims", claims)))).Error
        );
    }
}
