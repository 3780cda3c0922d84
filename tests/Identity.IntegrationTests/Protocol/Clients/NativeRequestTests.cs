using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Clients;

/// <summary>Requests of native apps (RFC 8252): any port, and one step that the person sees each time.</summary>
public sealed class NativeRequestTests(ClientSettingsFixture fixture) : IClassFixture<ClientSettingsFixture>
{
    [Theory]
    [InlineData("http://localhost:53123/callback")]
    [InlineData("http://127.0.0.1:53123/callback")]
    [InlineData("com.example.app:/done")]
    public async Task RFC_8252_a_request_is_seen_each_time_however_often_it_was_allowed(string address)
    {
        using RelyingParty party = new(fixture.Host, "native", address);
        await party.SignInAsync(fixture.UserId);

        for (var round = 0; round < 2; round++)
        {
            var url = party.AuthorizeUrl();
            using var asked = await party.Browser.GetAsync(url);
            Assert.StartsWith("/consent?", Local(asked), StringComparison.Ordinal);
            var back = await AllowAsync(party, Local(asked));
            using var answered = await party.Browser.GetAsync(back);

            Assert.NotNull((await party.RedeemAsync(party.AnswerOf(answered)["code"])).IdToken);
        }
    }

    [Fact]
    public async Task RFC_8252_without_pages_there_is_no_answer_but_that_the_person_must_see_it()
    {
        using RelyingParty party = new(fixture.Host, "native", "http://127.0.0.1:4000/callback");
        await party.SignInAsync(fixture.UserId);

        var answer = await party.AuthorizeAsync("openid", ("prompt", "none"));

        Assert.Equal("interaction_required", answer["error"]);
    }

    [Fact]
    public async Task RFC_8252_an_https_address_and_a_client_with_a_secret_are_answered_as_ever()
    {
        using RelyingParty claimed = new(fixture.Host, "native", TestClients.RedirectUri);
        using RelyingParty desktop = new(fixture.Host, "desktop", "http://127.0.0.1/callback");
        await claimed.SignInAsync(fixture.UserId);
        await desktop.SignInAsync(fixture.UserId);

        var answers = (
            await claimed.AuthorizeAsync("openid", ("prompt", "none")),
            await desktop.AuthorizeAsync("openid", ("prompt", "none"))
        );

        Assert.True(answers.Item1.ContainsKey("code"));
        Assert.True(answers.Item2.ContainsKey("code"));
    }

    [Theory]
    [InlineData("http://evil@127.0.0.1/callback")]
    [InlineData("http://a;img-src@127.0.0.1/callback")]
    [InlineData("http://0x7f000001/callback")]
    [InlineData("http://127.1/callback")]
    [InlineData("HTTP://127.0.0.1/callback")]
    [InlineData("http:\\\\127.0.0.1/callback")]
    public async Task Other_ways_of_writing_a_loopback_address_are_refused_on_a_page_of_ours(string address)
    {
        using RelyingParty party = new(fixture.Host, "native", address);
        await party.SignInAsync(fixture.UserId);

        using var response = await party.Browser.GetAsync(party.AuthorizeUrl());

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    private static string Local(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        return response.Headers.Location!.OriginalString;
    }

    // Presses the button of the consent page, and returns where that leads.
    private async Task<string> AllowAsync(RelyingParty party, string page)
    {
        using PageBrowser browser = new(fixture.Host);
        browser.UseSession(party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=', 2)[1]);
        var answer = await browser.SubmitAsync(await browser.GetAsync(page), [("decision", "allow")]);
        return answer.Location!.ToString();
    }
}
