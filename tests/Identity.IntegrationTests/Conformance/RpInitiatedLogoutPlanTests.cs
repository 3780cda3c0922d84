using System.Buffers.Text;
using System.Net;
using System.Text;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The RP-initiated logout plan (OIDC RP-Initiated Logout 1.0): who may end a session without a question, and
/// where the person may be sent.</summary>
public sealed class RpInitiatedLogoutPlanTests(RpInitiatedLogoutPlanTests.LogoutProvider plan)
    : IClassFixture<RpInitiatedLogoutPlanTests.LogoutProvider>
{
    private const string Bye = "https://rp.example/bye";

    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public void DiscoveryNamesTheEndpoint() => Assert.StartsWith(plan.Issuer, plan.Metadata.EndSessionEndpoint);

    [Theory]
    [InlineData("state-of-the-client")]
    [InlineData("a b&c=d")]
    [InlineData(null)]
    public async Task WithHintAndAddressTheSessionEndsAndThePersonComesBackWithTheState(string? state)
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var visit = await LeaveAsync(
            person,
            ("id_token_hint", tokens.IdTokenText),
            ("post_logout_redirect_uri", Bye),
            ("state", state)
        );

        Assert.Equal(state is null ? [] : [("state", state)], visit.Answer);
        Assert.Empty(visit.Pages);
        Assert.True(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task TheRequestMayComeByPost()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var visit = await person.PostAsync(
            plan.Metadata.EndSessionEndpoint,
            [new("id_token_hint", tokens.IdTokenText!), new("post_logout_redirect_uri", Bye), new("state", "s")],
            Bye
        );

        Assert.Equal([("state", "s")], visit.Answer);
        Assert.True(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task WithAHintAloneTheSessionEndsOnAPageOfTheProvider()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var visit = await LeaveAsync(person, ("id_token_hint", tokens.IdTokenText));

        Assert.Equal((HttpStatusCode.OK, "/signed-out"), (visit.Page.Status, visit.Page.Address.AbsolutePath));
        Assert.True(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task WithoutAnyParameterThePersonIsAskedAndSignedOutOnlyAfterTheAnswer()
    {
        using var person = plan.Browser();
        await Client.SignInAsync(person);

        var asked = await LeaveAsync(person);
        var before = await IsSignedOutAsync(person);
        await person.Browser.FollowAsync(await person.Browser.SubmitAsync(asked.Page, []));

        Assert.Equal("/sign-out", asked.Page.Address.AbsolutePath);
        Assert.False(before);
        Assert.True(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task WithoutAHintThePersonIsAskedAndComesBackAfterwards()
    {
        using var person = plan.Browser();
        await Client.SignInAsync(person);

        var asked = await LeaveAsync(
            person,
            ("client_id", Client.ClientId),
            ("post_logout_redirect_uri", Bye),
            ("state", "s")
        );
        var answered = await person.Browser.FollowAsync(await person.Browser.SubmitAsync(asked.Page, []));

        Assert.Equal("/sign-out", asked.Page.Address.AbsolutePath);
        Assert.Equal(Bye + "?state=s", answered.Location);
    }

    [Theory]
    [InlineData("https://evil.example/bye")]
    [InlineData("https://rp.example/bye/more")]
    [InlineData("https://rp.example/bye?extra=1")]
    [InlineData("https://other.example/bye")]
    public async Task AnAddressThatIsNotRegisteredIsNeverGoneTo(string address)
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var visit = await LeaveAsync(
            person,
            ("id_token_hint", tokens.IdTokenText),
            ("post_logout_redirect_uri", address),
            ("state", "s")
        );

        Assert.Null(visit.Answer);
        Assert.Equal(plan.Provider.Issuer.Authority, visit.Page.Address.Authority);
        Assert.Null(visit.Page.Location);
    }

    [Fact]
    public async Task AHintWithAChangedSignatureEndsNothingWithoutAQuestion()
    {
        using var person = plan.Browser();
        var text = (await Client.SignInAsync(person)).IdTokenText!;
        var cut = text.LastIndexOf('.') + 1;
        var signature = Base64Url.DecodeFromChars(text.AsSpan(cut));
        signature[10] ^= 1;

        await LeaveAsync(
            person,
            ("id_token_hint", text[..cut] + Base64Url.EncodeToString(signature)),
            ("post_logout_redirect_uri", Bye)
        );

        Assert.False(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task AHintThatNobodySignedEndsNothingWithoutAQuestion()
    {
        using var person = plan.Browser();
        var payload = (await Client.SignInAsync(person)).IdTokenText!.Split('.')[1];

        await LeaveAsync(
            person,
            ("id_token_hint", $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes("""{"alg":"none"}"""))}.{payload}."),
            ("post_logout_redirect_uri", Bye)
        );

        Assert.False(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task AHintOfAnotherPersonEndsNothingWithoutAQuestion()
    {
        using var bob = plan.BrowserOfBob();
        var his = await Client.SignInAsync(bob);
        using var person = plan.Browser();
        await Client.SignInAsync(person);

        await LeaveAsync(person, ("id_token_hint", his.IdTokenText), ("post_logout_redirect_uri", Bye));

        Assert.False(await IsSignedOutAsync(person));
        Assert.False(await IsSignedOutAsync(bob));
    }

    [Fact]
    public async Task AHintAndAClientIdThatDoNotBelongTogetherAreRefused()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var visit = await LeaveAsync(
            person,
            ("id_token_hint", tokens.IdTokenText),
            ("client_id", plan.Other.ClientId),
            ("post_logout_redirect_uri", Bye)
        );

        // Section 2: the provider MUST verify that they match.
        Assert.Null(visit.Answer);
        Assert.False(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task AHintThatIsOverByNowIsStillTaken()
    {
        using var person = plan.Browser();
        StrictClient brief = new(plan, plan.Brief);
        var tokens = await brief.SignInAsync(person);
        await Task.Delay(TimeSpan.FromSeconds(6));

        var visit = await LeaveAsync(
            person,
            ("id_token_hint", tokens.IdTokenText),
            ("post_logout_redirect_uri", "https://brief.example/bye")
        );

        // Section 2: it SHOULD accept ID tokens when the person's session is current, even if exp has passed.
        Assert.NotNull(visit.Answer);
        Assert.True(await IsSignedOutAsync(person));
    }

    [Fact]
    public async Task TheRefreshTokensOfTheSessionEndWithIt()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person, "openid offline_access");

        await LeaveAsync(person, ("id_token_hint", tokens.IdTokenText), ("post_logout_redirect_uri", Bye));

        Assert.Equal(
            "invalid_grant",
            await Client.RefusedAsync(("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken))
        );
    }

    [Fact]
    public async Task WhoIsSignedOutAlreadyComesBackAllTheSame()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);
        await LeaveAsync(person, ("id_token_hint", tokens.IdTokenText), ("post_logout_redirect_uri", Bye));

        var visit = await LeaveAsync(
            person,
            ("id_token_hint", tokens.IdTokenText),
            ("post_logout_redirect_uri", Bye),
            ("state", "again")
        );

        Assert.Equal([("state", "again")], visit.Answer);
    }

    private Task<Visit> LeaveAsync(Person person, params (string Name, string? Value)[] parameters)
    {
        var client =
            parameters.FirstOrDefault(static parameter => parameter.Name == "post_logout_redirect_uri").Value ?? Bye;
        return person.GoAsync(
            QueryHelpers.AddQueryString(
                plan.Metadata.EndSessionEndpoint,
                parameters
                    .Where(static parameter => parameter.Value is not null)
                    .Select(static parameter => KeyValuePair.Create(parameter.Name, parameter.Value))
            ),
            client
        );
    }

    private async Task<bool> IsSignedOutAsync(Person person) =>
        (await Client.AuthorizeAsync(person, Client.Request("openid", ("prompt", "none")))).Error == "login_required";

    /// <summary>Clients with an address to come back to.</summary>
    public sealed class LogoutProvider : ConformanceProvider
    {
        /// <summary>Its ID tokens are over after five seconds.</summary>
        internal Registration Brief { get; } =
            new("brief", "https://brief.example/callback")
            {
                More = new Dictionary<string, string?>
                {
                    ["IdTokenLifetime"] = "00:00:05",
                    ["PostLogoutRedirectUris:0"] = "https://brief.example/bye",
                },
            };

        internal override IEnumerable<Registration> Registrations =>
            [
                Client with
                {
                    More = new Dictionary<string, string?> { ["PostLogoutRedirectUris:0"] = Bye },
                },
                Other with
                {
                    More = new Dictionary<string, string?>
                    {
                        ["PostLogoutRedirectUris:0"] = "https://other.example/bye",
                    },
                },
                Brief,
            ];
    }
}
