using System.Net;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Pages;

/// <summary>A client sends a person here: what they see, and where each answer leads. Without a script.</summary>
public sealed class ConsentTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private static readonly string Authorize = QueryHelpers.AddQueryString(
        PagesFixture.AuthorizeUrl,
        "ui_locales",
        "xx de"
    );

    [Fact]
    public async Task The_sign_in_page_shows_the_client_in_the_language_it_asks_for_and_may_lead_there()
    {
        using var browser = new PageBrowser(fixture.Host);

        var page = await browser.FollowAsync(await browser.GetAsync(Authorize));

        Assert.Equal("/sign-in", page.Address.AbsolutePath);
        Assert.Contains("The Shop &lt;b&gt;", page.Html, StringComparison.Ordinal);
        Assert.Contains("shop.example", page.Text, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"de\"", page.Html, StringComparison.Ordinal);
        Assert.Contains(
            "form-action 'self' https://shop.example",
            page.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "img-src 'self' data: https://cdn.example",
            page.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Allow_leads_to_the_client_with_a_code_and_is_remembered()
    {
        using var browser = new PageBrowser(fixture.Host);
        var consent = await ReachConsentAsync(browser);

        var answer = await browser.FollowAsync(await browser.SubmitAsync(consent, [("decision", "allow")]));
        var again = await browser.FollowAsync(await browser.GetAsync(Authorize));

        Assert.Contains("Ihre E‑Mail-Adresse sehen", consent.Text, StringComparison.Ordinal);
        Assert.Contains("Std. lang", consent.Text, StringComparison.Ordinal);
        Assert.StartsWith(PagesFixture.RedirectUri + "?", answer.Location, StringComparison.Ordinal);
        Assert.Contains("code=", answer.Location, StringComparison.Ordinal);
        Assert.Contains("code=", again.Location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deny")]
    [InlineData("perhaps")]
    public async Task Whatever_is_not_yes_tells_the_client_that_access_was_denied(string decision)
    {
        using var browser = new PageBrowser(fixture.Host);
        var consent = await ReachConsentAsync(browser);

        var answer = await browser.FollowAsync(await browser.SubmitAsync(consent, [("decision", decision)]));
        var again = await browser.FollowAsync(await browser.GetAsync(Authorize));

        Assert.Contains("error=access_denied", answer.Location, StringComparison.Ordinal);
        Assert.Equal("/consent", again.Address.AbsolutePath);
    }

    [Fact]
    public async Task Without_a_request_of_a_client_there_is_nothing_to_decide_and_a_way_on()
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());

        var page = await browser.GetAsync(
            "/consent?returnUrl=" + Uri.EscapeDataString("/connect/authorize?client_id=nobody")
        );

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.Contains("This request has expired", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WB_2_signing_out_for_a_client_asks_and_leads_back_to_it()
    {
        using var browser = await fixture.SignedInAsync(await fixture.UserAsync());
        var request =
            "/connect/end-session?client_id=shop&post_logout_redirect_uri="
            + Uri.EscapeDataString("https://shop.example/bye");

        var asked = await browser.FollowAsync(await browser.GetAsync(request));
        var answer = await browser.FollowAsync(await browser.SubmitAsync(asked, []));

        Assert.Equal("/sign-out", asked.Address.AbsolutePath);
        Assert.Contains(
            "form-action 'self' https://shop.example",
            asked.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Equal("https://shop.example/bye", answer.Location);
        Assert.Equal(HttpStatusCode.SeeOther, (await browser.GetAsync("/account")).Status);
    }

    private async Task<VisitedPage> ReachConsentAsync(PageBrowser browser)
    {
        var user = await fixture.UserAsync();
        var door = await browser.FollowAsync(await browser.GetAsync(Authorize));
        var page = await browser.FollowAsync(
            await browser.SubmitAsync(door, [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)])
        );
        Assert.Equal("/consent", page.Address.AbsolutePath);
        return page;
    }
}
