using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>Who may sign up: everybody, addresses of some domains, or nobody.</summary>
public sealed class SignUpTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task Addresses_of_other_domains_are_refused_alike_whether_or_not_they_have_an_account()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Registration:EmailDomains:0"] = "Example.COM" }
        );
        var known = await fixture.UserAsync();
        using var browser = new PageBrowser(host);
        var form = await browser.GetAsync("/register");

        var allowed = await RegisterAsync(browser, form, $"ada-{Guid.NewGuid():N}@EXAMPLE.com");
        var absent = await RegisterAsync(browser, form, $"ada-{Guid.NewGuid():N}@example.org");
        var present = await RegisterAsync(browser, form, known.Email);
        var below = await RegisterAsync(browser, form, "ada@mail.example.com");
        var similar = await RegisterAsync(browser, form, "ada@notexample.com");

        Assert.Contains("Use an email address at: Example.COM", form.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, allowed.Status);
        Assert.All([absent, present, below, similar], static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(absent.Text, present.Text);
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id",
                ("id", known.Id)
            )
        );
    }

    [Fact]
    public async Task Closed_sign_up_has_no_page_no_link_and_no_prompt()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Registration:IsOpen"] = "false" }
        );
        using var browser = new PageBrowser(host);

        var page = await browser.GetAsync("/register");
        var signIn = await browser.GetAsync("/sign-in");
        var discovery = await browser.GetAsync("/.well-known/openid-configuration");
        using var open = new PageBrowser(fixture.Host);
        var openDiscovery = await open.GetAsync("/.well-known/openid-configuration");

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.DoesNotContain("/register", signIn.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"create\"", discovery.Html, StringComparison.Ordinal);
        Assert.Contains("\"create\"", openDiscovery.Html, StringComparison.Ordinal);
    }

    private static Task<VisitedPage> RegisterAsync(PageBrowser browser, VisitedPage form, string email) =>
        browser.SubmitAsync(form, [("Input.Email", email), ("Input.NewPassword", PagesFixture.Password)]);
}
