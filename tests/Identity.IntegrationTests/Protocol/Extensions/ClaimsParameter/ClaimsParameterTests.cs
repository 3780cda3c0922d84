using System.Net;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Extensions.ClaimsParameter;

/// <summary>The parameter claims (OIDC Core 5.5): single claims, where they are asked for, and conditions.</summary>
public sealed class ClaimsParameterTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    [Fact]
    public async Task Single_claims_come_where_they_were_asked_for_and_nowhere_else()
    {
        using var party = await fixture.SignedInAsync();

        var tokens = await party.GetTokensAsync(
            "openid offline_access",
            (
                "claims",
                """{"id_token":{"email":null,"nickname":null},"""
                    + """ "userinfo":{"given_name":{"essential":true},"unheard_of":null}}"""
            )
        );
        var idToken = Answer.Decode(tokens.IdToken!).Payload;
        var userInfo = await party.UserInfoAsync(tokens.AccessToken!);
        var refreshed = await party.RefreshAsync(tokens.RefreshToken!);
        var later = await party.UserInfoAsync(refreshed.AccessToken!);

        Assert.Equal("ada@example.com", idToken.GetProperty("email").GetString());
        Assert.False(idToken.TryGetProperty("given_name", out _));
        Assert.False(idToken.TryGetProperty("nickname", out _));
        Assert.Equal(["given_name", "sub"], userInfo.Json.EnumerateObject().Select(static claim => claim.Name).Order());
        Assert.Equal("Ada", later["given_name"]);
        Assert.Equal("ada@example.com", Answer.Decode(refreshed.IdToken!).Payload.GetProperty("email").GetString());
    }

    [Fact]
    public async Task A_client_gets_no_claim_by_name_of_a_scope_that_it_may_not_have()
    {
        using var party = await fixture.SignedInAsync("one", OidcFixture.One);

        var tokens = await party.GetTokensAsync(
            "openid",
            ("claims", """{"id_token":{"phone_number":{"essential":true},"email":null},"userinfo":{"address":null}}""")
        );

        Assert.False(Answer.Decode(tokens.IdToken!).Payload.TryGetProperty("phone_number", out _));
        Assert.True(Answer.Decode(tokens.IdToken!).Payload.TryGetProperty("email", out _));
        Assert.Equal(
            ["sub"],
            (await party.UserInfoAsync(tokens.AccessToken!)).Json.EnumerateObject().Select(static claim => claim.Name)
        );
    }

    [Fact]
    public async Task To_consent_a_claim_counts_as_the_scope_that_opens_it()
    {
        const string claims = """{"userinfo":{"phone_number":null}}""";
        var user = await fixture.UserAsync();
        using var party = await fixture.SignedInAsync("asking", "https://asking.example/callback", user);
        using var first = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("claims", claims)));
        Assert.StartsWith("/consent", first.Headers.Location!.OriginalString);
        using var page = await party.Browser.GetAsync(first.Headers.Location);
        Assert.Contains("phone", await page.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);

        await ConsentAsync(user, "openid");
        using var narrow = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("claims", claims)));
        await ConsentAsync(user, "openid", "phone");
        var wide = await party.AuthorizeAsync("openid", ("claims", claims));

        Assert.StartsWith("/consent", narrow.Headers.Location!.OriginalString);
        Assert.Equal(
            "+44 20 7946 0000",
            (await party.UserInfoAsync((await party.RedeemAsync(wide["code"])).AccessToken!))["phone_number"]
        );
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"id_token":"email"}""")]
    [InlineData("""{"id_token":{"email":true}}""")]
    [InlineData("""{"id_token":{"acr":{"essential":"yes"}}}""")]
    [InlineData("""{"id_token":{"email":null,"email":null}}""")]
    [InlineData("""{"id_token":{"email":{"value":"\u0000"}}}""")]
    [InlineData("""{"id_token":{"sub":{"value":"one"}},"userinfo":{"sub":{"value":"two"}}}""")]
    public async Task What_cannot_be_read_is_an_error_and_not_passed_over(string claims)
    {
        using var party = await fixture.SignedInAsync();

        Assert.Equal("invalid_request", (await party.AuthorizeAsync("openid", ("claims", claims)))["error"]);
    }

    [Fact]
    public async Task An_essential_context_is_met_by_stepping_up_and_an_error_where_it_cannot_be()
    {
        using var party = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        var second = Acr("aal2");

        using var sent = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("claims", second)));
        var silent = await party.AuthorizeAsync("openid", ("claims", second), ("prompt", "none"));
        var impossible = await party.AuthorizeAsync("openid", ("claims", Acr("urn:example:retina")));
        var voluntary = await party.AuthorizeAsync(
            "openid",
            ("claims", """{"id_token":{"acr":{"values":["urn:example:retina"]}}}""")
        );
        var sessions = fixture.Host.Services.GetRequiredService<SessionStarter>();
        var token = await sessions.MarkStepUpAsync(
            party.Session!.Id,
            new(party.Session.UserId, party.Session.CredentialVersion),
            ["otp", "mfa"],
            AuthenticationContext.TwoFactors,
            new RequestContext(null, null, null),
            default
        );
        party.UseCookie(token!.Value);
        var met = await party.GetTokensAsync("openid", ("claims", second));

        Assert.StartsWith("/confirm-identity?", sent.Headers.Location!.OriginalString);
        Assert.Equal("interaction_required", silent["error"]);
        Assert.Equal("unmet_authentication_requirements", impossible["error"]);
        Assert.Contains("code", voluntary.Keys);
        Assert.Equal("aal2", Answer.Decode(met.IdToken!).Payload.GetProperty("acr").GetString());
    }

    [Fact]
    public async Task Who_declines_an_essential_context_has_failed_to_sign_in_as_asked()
    {
        using var party = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        using PageBrowser browser = new(fixture.Host);
        using var sent = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("claims", Acr("aal2"))));
        browser.Client.DefaultRequestHeaders.Add(
            "Cookie",
            party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single()
        );

        var page = await browser.GetAsync(sent.Headers.Location!.OriginalString);
        var interactions = fixture.Host.Services.GetRequiredService<Identity.Core.Grants.IAuthorizationInteraction>();
        var declined = await browser.GetAsync(
            interactions.Deny(
                Uri.UnescapeDataString(sent.Headers.Location.OriginalString.Split("returnUrl=")[1]),
                "access_denied"
            )
        );

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("error=unmet_authentication_requirements", declined.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sub_with_a_value_must_be_the_person_who_is_signed_in()
    {
        using var party = await fixture.SignedInAsync();
        using var other = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        var claims = JsonSerializer.Serialize(
            new { id_token = new { sub = new { value = fixture.UserId.ToString("D") } } }
        );

        var own = await party.AuthorizeAsync("openid", ("claims", claims), ("prompt", "none"));
        var foreign = await other.AuthorizeAsync("openid", ("claims", claims), ("prompt", "none"));
        using var asked = await other.Browser.GetAsync(other.AuthorizeUrl("openid", ("claims", claims)));
        var nonsense = await party.AuthorizeAsync(
            "openid",
            ("claims", """{"userinfo":{"sub":{"value":"somebody"}}}""")
        );

        Assert.Contains("code", own.Keys);
        Assert.Equal("login_required", foreign["error"]);
        Assert.StartsWith("/sign-in?", asked.Headers.Location!.OriginalString);
        Assert.Equal("login_required", nonsense["error"]);
    }

    [Fact]
    public async Task Address_and_phone_are_scopes_of_userinfo_and_display_is_taken_without_effect()
    {
        using var party = await fixture.SignedInAsync();

        var tokens = await party.GetTokensAsync("openid address phone", ("display", "popup"));
        var userInfo = await party.UserInfoAsync(tokens.AccessToken!);

        Assert.Equal(
            ["address", "phone_number", "phone_number_verified", "sub"],
            userInfo.Json.EnumerateObject().Select(static claim => claim.Name).Order()
        );
        Assert.Equal("GB", userInfo.Json.GetProperty("address").GetProperty("country").GetString());
    }

    [Theory]
    [InlineData("fr-CA de", "fr")]
    [InlineData("xx ar", "ar")]
    [InlineData("de", "de")]
    public async Task The_pages_speak_the_language_that_the_client_asks_for(string locales, string language)
    {
        using RelyingParty party = new(fixture.Host);
        using var sent = await party.Browser.GetAsync(party.AuthorizeUrl("openid", ("ui_locales", locales)));

        using var page = await party.Browser.GetAsync(sent.Headers.Location);

        Assert.Contains($"<html lang=\"{language}\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Acr(string value) =>
        JsonSerializer.Serialize(new { id_token = new { acr = new { essential = true, value } } });

    private Task ConsentAsync(Guid user, params string[] scopes) =>
        fixture
            .Host.Services.GetRequiredService<Identity.Core.Grants.ConsentStore>()
            .GrantAsync(new(user, 1), "asking", scopes, null, new RequestContext(null, null, null), default);
}
