using System.Net;
using Identity.Testing;
using Identity.Testing.Social;

namespace Identity.IntegrationTests.Pages.Social;

/// <summary>What is peculiar to a provider: whose tokens count at Microsoft, and how Apple answers.</summary>
public sealed class ProviderRulesTests(SocialFixture fixture) : IClassFixture<SocialFixture>
{
    private const string Other = "11111111-2222-3333-4444-555555555555";
    private const string OtherIssuer = $"https://login.microsoftonline.com/{Other}/v2.0";

    [Fact]
    public async Task People_of_two_tenants_with_one_object_id_are_two_people()
    {
        var provider = SocialProvider.Of("microsoft");
        var person = SocialFixture.NewPerson(provider);
        var twin = person with { Tenant = Guid.NewGuid().ToString(), Email = $"{Guid.NewGuid():N}@example.org" };
        using PageBrowser one = new(fixture.Host);
        using PageBrowser two = new(fixture.Host);

        await fixture.SignUpAsync(one, provider, person);
        var answer = await fixture.GoAsync(two, provider, twin);

        Assert.Equal("/external/link", answer.Location);
    }

    [Theory]
    // The issuer of one tenant around a person of another.
    [InlineData("microsoft", "iss", OtherIssuer)]
    // The template itself is nobody's issuer.
    [InlineData("microsoft", "iss", "https://login.microsoftonline.com/{tenantid}/v2.0")]
    [InlineData("microsoft", "tid", "{tenantid}")]
    [InlineData("microsoft", "tid", null)]
    [InlineData("microsoft", "oid", null)]
    [InlineData("microsoft", "oid", "not-a-guid")]
    // Another tenant, consistently, where one is configured.
    [InlineData("tenant", "tid", Other)]
    [InlineData("google", "iss", "https://accounts.google.example")]
    [InlineData("google", "aud", "somebody-else")]
    [InlineData("google", "nonce", "of-another-journey")]
    [InlineData("google", "sub", null)]
    [InlineData("apple", "nonce", null)]
    public async Task A_token_with_a_wrong_claim_signs_nobody_in(string name, string claim, string? value)
    {
        var provider = SocialProvider.Of(name);
        Dictionary<string, object?> claims = new() { [claim] = value };
        if (name == "tenant")
            claims["iss"] = OtherIssuer;
        using PageBrowser browser = new(fixture.Host);

        var answer = await fixture.GoAsync(
            browser,
            provider,
            SocialFixture.NewPerson(provider) with
            {
                Claims = claims,
            }
        );

        Assert.Equal("/external/failed?reason=failed", answer.Location);
    }

    [Theory]
    [InlineData(Other, true, "/external/link")]
    [InlineData(SocialProvider.WorkTenant, true, "/external/failed?reason=failed")]
    // Without a name in the token, the handler tries every key.
    [InlineData(SocialProvider.WorkTenant, false, "/external/failed?reason=failed")]
    public async Task A_key_of_one_tenant_signs_for_nobody_of_another(string tenant, bool isNamed, string expected)
    {
        var provider = SocialProvider.Of("microsoft");
        using PageBrowser browser = new(fixture.Host);

        var answer = await fixture.GoAsync(
            browser,
            provider,
            SocialFixture.NewPerson(provider) with
            {
                Tenant = tenant,
                KeyIssuer = OtherIssuer,
                NamesKey = isNamed,
            }
        );

        Assert.Equal(expected, answer.Location);
    }

    [Fact]
    public async Task Google_writes_its_issuer_in_two_ways_and_means_one()
    {
        var provider = SocialProvider.Of("google");
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);
        using PageBrowser later = new(fixture.Host);
        await fixture.SignUpAsync(browser, provider, person);

        var answer = await fixture.GoAsync(
            later,
            provider,
            person with
            {
                Claims = new Dictionary<string, object?> { ["iss"] = "accounts.google.com" },
            }
        );

        Assert.Equal("/account", answer.Location);
    }

    [Fact]
    public async Task Apple_sends_the_name_once_and_the_callback_needs_no_cookie_of_other_sites()
    {
        var provider = SocialProvider.Of("apple");
        using PageBrowser browser = new(fixture.Host);
        var target = await SocialFixture.PressAsync(browser, provider);
        var person = SocialFixture.NewPerson(provider);
        var answer = fixture.StandIn.Agree(target, provider, person);
        using FormUrlEncodedContent form = new(answer.Fields);
        var (client, cookies) = fixture.Host.CreateBrowser();
        using var _ = client;

        using var posted = await client.PostAsync(answer.Path, form);
        var location = posted.Headers.Location!.OriginalString;
        var name = cookies.CookiesFor(fixture.Host.BaseAddress).Cast<Cookie>().Single();
        // The redirect in a browser that did not begin.
        using PageBrowser stranger = new(fixture.Host);
        stranger.UseCookie(name.Name, name.Value);
        var elsewhere = await stranger.GetAsync(location);
        var own = await browser.GetAsync(location);

        Assert.Equal(HttpStatusCode.SeeOther, posted.StatusCode);
        Assert.StartsWith("/external/callback/apple?code=", location, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada", location, StringComparison.Ordinal);
        Assert.Equal("__Host-external-name", name.Name);
        Assert.True(name.Secure && name.HttpOnly);
        Assert.Equal("/external/failed?reason=failed", elsewhere.Location);
        Assert.Equal("/external/link", own.Location);
        Assert.DoesNotContain(
            "samesite=none",
            string.Join(' ', (await browser.GetAsync("/sign-in")).Headers.GetValueOrDefault("Set-Cookie") ?? []),
            StringComparison.OrdinalIgnoreCase
        );
    }

    [Fact]
    public async Task A_name_that_Apple_did_not_send_or_that_is_no_name_leaves_the_account_without_one()
    {
        var provider = SocialProvider.Of("apple");
        foreach (var user in (string?[])[null, "{}", "[1]", "no json", "{\"name\":{\"firstName\":\"A\\u0000\"}}"])
        {
            var person = SocialFixture.NewPerson(provider);
            using PageBrowser browser = new(fixture.Host);
            var answer = fixture.StandIn.Agree(
                await SocialFixture.PressAsync(browser, provider),
                provider,
                person,
                isFirst: false
            );
            var sent = answer.Fields.Append(new("user", user)).Where(static field => field.Value is not null);

            var question = await browser.FollowAsync(
                await fixture.ComeBackAsync(browser, answer with { Fields = sent.ToDictionary() })
            );
            await browser.SubmitAsync(question, [], "handler=SignUp");

            Assert.Contains(" t - apple ", await fixture.AccountAsync(person), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_name_that_another_site_posted_is_nobodys()
    {
        var provider = SocialProvider.Of("apple");
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);
        var answer = fixture.StandIn.Agree(
            await SocialFixture.PressAsync(browser, provider),
            provider,
            person,
            isFirst: false
        );
        var planted = answer.Fields.ToDictionary();
        planted["state"] = "of-another-journey";
        planted["user"] = """{"name":{"firstName":"Mallory","lastName":"Pest"}}""";

        var refused = await fixture.ComeBackAsync(browser, answer with { Fields = planted });
        var question = await browser.FollowAsync(await fixture.ComeBackAsync(browser, answer));
        await browser.SubmitAsync(question, [], "handler=SignUp");

        Assert.Equal("/external/failed?reason=failed", refused.Location);
        Assert.Contains(" t - apple ", await fixture.AccountAsync(person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_login_is_linked_to_an_account_that_is_signed_in()
    {
        var (github, apple) = (SocialProvider.Of("github"), SocialProvider.Of("apple"));
        var (person, second) = (SocialFixture.NewPerson(github), SocialFixture.NewPerson(apple));
        using PageBrowser browser = new(fixture.Host);
        await fixture.SignUpAsync(browser, github, person);

        var answer = await fixture.GoAsync(browser, apple, second, "/account/external");
        var linked = await browser.SubmitAsync(await browser.GetAsync("/external/link"), [], "/external/link");

        Assert.Equal("/external/link", answer.Location);
        Assert.Equal("/account/external?done", linked.Location);
        Assert.StartsWith(person.Email + " ", await fixture.AccountAsync(second), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/external/callback/github", "")]
    [InlineData("/external/callback/github", "?code=x&state=forged")]
    [InlineData("/external/callback/github", "?error=access_denied&state=forged")]
    [InlineData("/external/callback/apple", "?code=x&state=forged")]
    [InlineData("/external/callback/apple", "?id_token=eyJhbGciOiJub25lIn0.e30.&state=x")]
    public async Task A_forged_answer_is_refused_calmly(string path, string query)
    {
        using PageBrowser browser = new(fixture.Host);

        var got = await browser.GetAsync(path + query);
        using FormUrlEncodedContent form = new([new("code", "x"), new("state", "forged"), new("user", "{\"name\":7}")]);
        using var posted = await browser.Client.PostAsync(path + query, form);

        Assert.Equal((HttpStatusCode.SeeOther, "/external/failed?reason=failed"), (got.Status, got.Location));
        Assert.Equal(HttpStatusCode.SeeOther, posted.StatusCode);
        Assert.StartsWith("/external/", posted.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
    }
}
