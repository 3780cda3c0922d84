using System.Net;
using Identity.IntegrationTests.Pages;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol.Extensions.Par;

/// <summary>A pushed request across the pages that a person sees: sign-in, consent, and the way back.</summary>
public sealed class PushedRequestPagesTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task The_pages_show_what_was_pushed_and_lead_to_one_code_and_Back_leads_to_no_second()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = new PageBrowser(fixture.Host);
        using RelyingParty party = new(fixture.Host, PagesFixture.ClientId, PagesFixture.RedirectUri, "none");
        var begun = await browser.GetAsync(await PushAsync(party, "openid email", ("login_hint", user.Email)));

        var signIn = await browser.GetAsync(begun.Location!);
        var consent = await browser.FollowAsync(
            await browser.SubmitAsync(signIn, [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)])
        );
        var allowed = await browser.FollowAsync(await browser.SubmitAsync(consent, [("decision", "allow")]));
        var backToConsent = await browser.GetAsync(consent.Address.PathAndQuery);
        var again = await browser.FollowAsync(await browser.GetAsync(signIn.Address.PathAndQuery));
        var resumed = await browser.GetAsync(ReturnUrlOf(signIn));

        Assert.Contains(user.Email, signIn.Html, StringComparison.Ordinal);
        Assert.Contains("The Shop", signIn.Text, StringComparison.Ordinal);
        Assert.Contains("The Shop", consent.Text, StringComparison.Ordinal);
        Assert.Contains(
            "form-action 'self' https://shop.example",
            consent.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.StartsWith(PagesFixture.RedirectUri, allowed.Location, StringComparison.Ordinal);
        var answer = QueryHelpers.ParseQuery(new Uri(allowed.Location!).Query);
        Assert.Equal("state-1", answer["state"]);
        Assert.NotNull(
            (
                await party.SendAsync(
                    Form(
                        "/connect/token",
                        [
                            new("grant_type", "authorization_code"),
                            new("client_id", party.ClientId),
                            new("code", answer["code"]!),
                            new("redirect_uri", party.RedirectUri),
                            new("code_verifier", party.Verifier),
                        ]
                    )
                )
            ).AccessToken
        );
        Assert.All(
            new[] { backToConsent, again, resumed },
            static page => Assert.NotEqual(HttpStatusCode.InternalServerError, page.Status)
        );
        Assert.All(
            new[] { backToConsent, again, resumed },
            static page => Assert.DoesNotContain("code=", page.Location ?? "", StringComparison.Ordinal)
        );
        Assert.Equal(HttpStatusCode.BadRequest, resumed.Status);
    }

    [Fact]
    public async Task A_page_that_is_loaded_again_before_sign_in_finds_its_request_until_it_is_answered()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = new PageBrowser(fixture.Host);
        using var stranger = new PageBrowser(fixture.Host);
        using RelyingParty party = new(fixture.Host, PagesFixture.ClientId, PagesFixture.RedirectUri, "none");
        var url = await PushAsync(party, "openid email");
        var first = await browser.GetAsync(url);

        var again = await browser.GetAsync(url);
        var elsewhere = await stranger.GetAsync(url);
        var consent = await browser.FollowAsync(
            await browser.SubmitAsync(
                await browser.GetAsync(again.Location!),
                [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)]
            )
        );
        var allowed = await browser.FollowAsync(await browser.SubmitAsync(consent, [("decision", "allow")]));
        var afterwards = await browser.GetAsync(url);

        Assert.Equal(
            RequestUriIn(QueryHelpers.ParseQuery(first.Location!.Split('?')[1])["returnUrl"]!),
            RequestUriIn(QueryHelpers.ParseQuery(again.Location!.Split('?')[1])["returnUrl"]!)
        );
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.Status);
        Assert.Contains("code=", allowed.Location, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, null), (afterwards.Status, afterwards.Location));
    }

    [Fact]
    public async Task Of_twenty_loads_at_once_in_one_signed_in_browser_one_gets_the_code()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = await fixture.SignedInAsync(user);
        using RelyingParty party = new(fixture.Host, PagesFixture.ClientId, PagesFixture.RedirectUri, "none");
        var consented = await browser.FollowAsync(await browser.GetAsync(await PushAsync(party, "openid email")));
        await browser.FollowAsync(await browser.SubmitAsync(consented, [("decision", "allow")]));
        var url = await PushAsync(party, "openid email");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => browser.GetAsync(url)));

        Assert.Single(answers, static one => one.Location?.Contains("code=", StringComparison.Ordinal) == true);
        Assert.All(answers, static one => Assert.InRange((int)one.Status, 300, 499));
    }

    [Fact]
    public async Task A_no_goes_to_the_client_and_ends_the_request()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = await fixture.SignedInAsync(user);
        using RelyingParty party = new(fixture.Host, PagesFixture.ClientId, PagesFixture.RedirectUri, "none");
        var consent = await browser.FollowAsync(await browser.GetAsync(await PushAsync(party, "openid email")));

        var denied = await browser.FollowAsync(await browser.SubmitAsync(consent, [("decision", "deny")]));
        var back = await browser.GetAsync(ReturnUrlOf(consent));

        Assert.Equal("access_denied", QueryHelpers.ParseQuery(new Uri(denied.Location!).Query)["error"]);
        Assert.Equal(HttpStatusCode.BadRequest, back.Status);
    }

    [Fact]
    public async Task A_page_that_is_opened_with_a_name_that_was_not_begun_does_not_use_it_up()
    {
        var user = await fixture.UserAsync("Ada");
        using var browser = new PageBrowser(fixture.Host);
        using RelyingParty party = new(fixture.Host, PagesFixture.ClientId, PagesFixture.RedirectUri, "none");
        var url = await PushAsync(party, "openid");

        var page = await browser.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(url));
        var after = await browser.FollowAsync(
            await browser.SubmitAsync(page, [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)])
        );

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("/consent", after.Address.AbsolutePath);
    }

    private static string RequestUriIn(string returnUrl) =>
        QueryHelpers.ParseQuery(returnUrl.Split('?')[1])["request_uri"].ToString();

    private static string ReturnUrlOf(VisitedPage page) =>
        QueryHelpers.ParseQuery(page.Address.Query)["returnUrl"].ToString();

    // Without credentials: the client is public.
    private static HttpRequestMessage Form(string path, IEnumerable<KeyValuePair<string, string>> fields) =>
        new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) };

    private static async Task<string> PushAsync(
        RelyingParty party,
        string scope,
        params (string Name, string? Value)[] parameters
    )
    {
        var pushed = await party.SendAsync(
            Form("/connect/par", KeyClientFixture.ParametersOf(party, scope, parameters))
        );
        return KeyClientFixture.AuthorizeUrl(
            party.ClientId,
            pushed["request_uri"] ?? throw new InvalidOperationException(pushed.Text)
        );
    }
}
