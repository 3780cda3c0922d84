using System.Net;
using System.Text.RegularExpressions;
using Identity.Testing;
using Identity.Testing.Social;

namespace Identity.IntegrationTests.Pages.Social;

/// <summary>Signing in by each of the social providers, as its documentation says that it answers.</summary>
public sealed class SocialTests(SocialFixture fixture) : IClassFixture<SocialFixture>
{
    public static TheoryData<string> Everyone => [.. SocialProvider.All.Select(static provider => provider.Name)];

    public static TheoryData<string> Verifying =>
        [.. SocialProvider.All.Where(static provider => provider.Verifies).Select(static provider => provider.Name)];

    [Theory]
    [MemberData(nameof(Verifying))]
    public async Task A_person_signs_up_once_and_signs_in_from_then_on_whatever_address_they_have(string name)
    {
        var provider = SocialProvider.Of(name);
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);
        using PageBrowser later = new(fixture.Host);

        var answer = await fixture.GoAsync(browser, provider, person, "/sign-in?returnUrl=%2Faccount%2Fprofile");
        var question = await browser.FollowAsync(answer);
        var signedUp = await browser.SubmitAsync(question, [], "handler=SignUp");
        var account = await fixture.AccountAsync(person);
        var moved = person with { Email = $"{Guid.NewGuid():N}@example.org", Name = "Ada Married" };
        var again = await fixture.GoAsync(later, provider, moved, isFirst: false);

        Assert.Equal("/external/link", answer.Location);
        Assert.Contains(person.Email!, question.Text, StringComparison.Ordinal);
        Assert.Equal("/account/profile", signedUp.Location);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/account")).Status);
        var (issuer, subject) = (
            provider.Issuer is null ? "https://" + new Uri(provider.Authorize).Host : provider.IssuerFor(person),
            provider.Type == "Microsoft" ? $"{person.Id}.{person.Tenant}" : person.Id
        );
        Assert.Equal($"{person.Email} t Ada Plum {name} {issuer} {subject} no password", account);
        Assert.Equal("/account", again.Location);
        Assert.Equal(account, await fixture.AccountAsync(person));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task An_address_that_is_missing_or_not_verified_creates_no_account_and_proof_links_one(string name)
    {
        var provider = SocialProvider.Of(name);
        var (unverified, bare) = (
            SocialFixture.NewPerson(provider, isVerified: false),
            SocialFixture.NewPerson(provider) with
            {
                Email = null,
            }
        );
        using PageBrowser browser = new(fixture.Host);
        using PageBrowser other = new(fixture.Host);

        var question = await browser.FollowAsync(await fixture.GoAsync(browser, provider, unverified));
        var forced = await browser.SubmitAsync(
            question with
            {
                Html = question.Html.Replace("handler=Decline", "handler=SignUp", StringComparison.Ordinal),
            },
            [],
            "handler=SignUp"
        );
        var withoutAddress = await other.FollowAsync(await fixture.GoAsync(other, provider, bare));

        Assert.Contains(unverified.Email!, question.Text, StringComparison.Ordinal);
        Assert.Equal("/external/link", forced.Location);
        foreach (var page in new[] { question, withoutAddress })
        {
            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.DoesNotContain("handler=SignUp", page.Html, StringComparison.Ordinal);
            Assert.Contains("/register?returnUrl=%2Fexternal%2Flink", page.Html, StringComparison.Ordinal);
        }
        Assert.Equal(0L, await fixture.LinksAsync(unverified) + await fixture.LinksAsync(bare));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Who_declines_or_meets_a_failure_is_told_so_and_goes_back_to_where_they_were(string name)
    {
        var provider = SocialProvider.Of(name);
        const string From = "/sign-in?returnUrl=%2Faccount%2Femail";
        using PageBrowser browser = new(fixture.Host);
        var person = SocialFixture.NewPerson(provider);

        var declined = await fixture.ComeBackAsync(
            browser,
            SocialStandIn.Decline(await SocialFixture.PressAsync(browser, provider, From), provider)
        );
        Dictionary<SocialFault, VisitedPage> failed = [];
        foreach (var fault in Enum.GetValues<SocialFault>().Except([SocialFault.None, SocialFault.Silence]))
            failed[fault] = await fixture.GoAsync(browser, provider, person with { Fault = fault }, From);

        const string Back = "&returnUrl=%2Faccount%2Femail";
        Assert.Equal("/external/failed?reason=declined" + Back, declined.Location);
        Assert.Equal("/external/failed?reason=failed" + Back, failed[SocialFault.RefusedCode].Location);
        Assert.Equal("/external/failed?reason=failed" + Back, failed[SocialFault.RefusedToken].Location);
        Assert.Equal("/external/failed?reason=unreachable" + Back, failed[SocialFault.BrokenConnection].Location);
        Assert.Contains(
            "isn’t responding right now",
            (await browser.FollowAsync(failed[SocialFault.BrokenConnection])).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(0L, await fixture.LinksAsync(person));
    }

    [Fact]
    public async Task A_provider_that_stays_silent_is_not_waited_for()
    {
        var provider = SocialProvider.Of("github");
        using PageBrowser browser = new(fixture.Host);

        var answer = await fixture.GoAsync(
            browser,
            provider,
            SocialFixture.NewPerson(provider) with
            {
                Fault = SocialFault.Silence,
            }
        );

        Assert.Equal("/external/failed?reason=unreachable", answer.Location);
    }

    [Theory]
    [InlineData("github", "the provider answered with the error bad_verification_code")]
    [InlineData("discord", "the provider answered with the error invalid_grant")]
    [InlineData("apple", "the provider answered with the error invalid_grant")]
    [InlineData("facebook", "the provider answered with an error")]
    public async Task The_log_gives_the_reason_of_a_refusal_and_neither_secrets_nor_people(string name, string words)
    {
        var provider = SocialProvider.Of(name);
        using PageBrowser browser = new(fixture.Host);
        var person = SocialFixture.NewPerson(provider);

        await fixture.GoAsync(browser, provider, person with { Fault = SocialFault.RefusedCode });
        await fixture.GoAsync(browser, provider, person with { Fault = SocialFault.RefusedToken });
        await fixture.GoAsync(browser, provider, person);

        string[] said = [.. fixture.Log.Lines.Select(static line => line.Text)];
        Assert.Contains(
            said,
            line =>
                line.Contains(provider.Name, StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            said,
            line =>
                line.Contains(SocialStandIn.Secret, StringComparison.Ordinal)
                || line.Contains("token-", StringComparison.Ordinal)
                || line.Contains("eyJ", StringComparison.Ordinal)
                || line.Contains("ada@example.org", StringComparison.Ordinal)
                || line.Contains(person.Email!, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_verified_address_that_has_an_account_links_nothing_until_the_account_is_proved()
    {
        var provider = SocialProvider.Of("google");
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser owner = new(fixture.Host);
        using PageBrowser browser = new(fixture.Host);
        await fixture.SignUpAsync(
            owner,
            SocialProvider.Of("github"),
            SocialFixture.NewPerson(provider) with
            {
                Email = person.Email,
            }
        );

        var answer = await fixture.SignUpAsync(browser, provider, person);
        var told = await browser.FollowAsync(answer);

        Assert.StartsWith("/external/failed?reason=registered", answer.Location, StringComparison.Ordinal);
        Assert.Contains("There’s already an account with this email address", told.Text, StringComparison.Ordinal);
        Assert.Contains("/sign-in?returnUrl=%2Fexternal%2Flink", told.Html, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal(0L, await fixture.LinksAsync(person));
    }

    [Fact]
    public async Task Of_ten_sign_ups_at_once_one_creates_the_account_and_a_linked_person_gets_no_second_one()
    {
        var provider = SocialProvider.Of("discord");
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);
        using PageBrowser other = new(fixture.Host);
        var question = await browser.FollowAsync(await fixture.GoAsync(browser, provider, person));
        var moved = person with { Email = $"{Guid.NewGuid():N}@example.org" };
        var second = await other.FollowAsync(await fixture.GoAsync(other, provider, moved));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => browser.SubmitAsync(question, [], "handler=SignUp"))
        );
        var late = await other.SubmitAsync(second, [], "handler=SignUp");

        Assert.Single(answers, static answer => answer.Location == "/account");
        Assert.Equal("/external/failed?reason=taken", late.Location);
        Assert.Equal(1L, await fixture.LinksAsync(person));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE email = @email",
                ("email", moved.Email!)
            )
        );
    }

    [Fact]
    public async Task A_new_account_is_audited_and_its_owner_told()
    {
        var provider = SocialProvider.Of("gitlab");
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);

        await fixture.SignUpAsync(browser, provider, person);

        Assert.Equal(
            "email_verification external_login_added login registration",
            await fixture.Database.ScalarAsync<string>(
                """
                SELECT string_agg(DISTINCT a.event_type, ' ' ORDER BY a.event_type) FROM audit_logs a
                JOIN idp.external_logins e ON e.user_id = a.user_id WHERE e.subject = @subject
                """,
                ("subject", person.Id)
            )
        );
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM idp.mail_outbox m JOIN idp.external_logins e ON e.user_id = m.user_id
                WHERE e.subject = @subject AND m.kind = 'external_login_added'
                """,
                ("subject", person.Id)
            )
        );
    }

    [Theory]
    [InlineData("github", "else.example", false)]
    [InlineData("google", "else.example", false)]
    [InlineData("google", "gmail.com", true)]
    public async Task Who_may_sign_up_is_decided_by_domain_as_well(string name, string domain, bool isOffered)
    {
        var provider = SocialProvider.Of(name);
        var person = SocialFixture.NewPerson(provider) with { Email = $"{Guid.NewGuid():N}@{domain}" };
        using PageBrowser browser = new(fixture.Host);

        var question = await browser.FollowAsync(await fixture.GoAsync(browser, provider, person));

        Assert.Equal(isOffered, question.Html.Contains("handler=SignUp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_instance_of_ones_own_has_its_own_addresses_and_is_trusted_only_if_it_is_said()
    {
        var provider = SocialProvider.Of("github") with
        {
            Name = SocialFixture.Enterprise,
            Authorize = new Uri(fixture.StandIn.Address, "/login/oauth/authorize").AbsoluteUri,
        };
        var person = SocialFixture.NewPerson(provider);
        using PageBrowser browser = new(fixture.Host);

        var question = await browser.FollowAsync(await fixture.GoAsync(browser, provider, person));

        Assert.Contains(person.Email!, question.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=SignUp", question.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_buttons_have_names_marks_and_the_order_of_the_settings()
    {
        using PageBrowser browser = new(fixture.Host);

        var page = await browser.GetAsync("/sign-in");

        string[] names =
        [
            .. Regex.Matches(page.Html, "name=\"provider\" value=\"([^\"]+)\"").Select(static m => m.Groups[1].Value),
        ];
        Assert.Equal(
            [
                "google",
                "apple",
                "discord",
                SocialFixture.Enterprise,
                "facebook",
                "github",
                "gitlab",
                "linkedin",
                "microsoft",
                "tenant",
            ],
            names
        );
        Assert.Contains("Continue with LinkedIn", page.Text, StringComparison.Ordinal);
        Assert.Contains("Continue with The Office", page.Text, StringComparison.Ordinal);
        Assert.Contains("<span class=\"mark\" aria-hidden=\"true\">O</span>", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Our <b>", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github", "prompt", "select_account")]
    [InlineData("google", "prompt", "select_account")]
    [InlineData("facebook", "auth_type", "reauthenticate")]
    [InlineData("microsoft", "prompt", "login")]
    [InlineData("linkedin", "prompt", null)]
    public async Task A_client_that_demands_a_new_sign_in_has_it_asked_of_the_provider(
        string name,
        string parameter,
        string? value
    )
    {
        var provider = SocialProvider.Of(name);
        using PageBrowser browser = new(fixture.Host);
        await fixture.SignUpAsync(
            browser,
            SocialProvider.Of("github"),
            SocialFixture.NewPerson(provider) with
            {
                Id = SocialFixture.NewPerson(SocialProvider.Of("github")).Id,
            }
        );
        using RelyingParty party = new(fixture.Host);
        var asked = await browser.GetAsync(party.AuthorizeUrl("openid", ("prompt", "login")));

        var target = await SocialFixture.PressAsync(browser, provider, asked.Location!);

        Assert.Equal(
            value,
            Regex.Match(target, $"[?&]{parameter}=([^&]+)") is { Success: true } found ? found.Groups[1].Value : null
        );
    }
}
