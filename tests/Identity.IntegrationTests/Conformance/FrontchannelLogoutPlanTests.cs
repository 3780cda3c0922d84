using System.Net;
using System.Text.RegularExpressions;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Conformance;

/// <summary>The front-channel logout plan (OIDC Front-Channel Logout 1.0): the page after signing out loads an address
/// of each client of the session in a frame.</summary>
public sealed partial class FrontchannelLogoutPlanTests(FrontchannelLogoutPlanTests.FramingProvider plan)
    : IClassFixture<FrontchannelLogoutPlanTests.FramingProvider>
{
    private StrictClient Client => new(plan, plan.Client);

    [Fact]
    public void DiscoveryPromisesItWithTheSession()
    {
        Assert.True(plan.Metadata.Flag("frontchannel_logout_supported"));
        Assert.True(plan.Metadata.Flag("frontchannel_logout_session_supported"));
    }

    [Fact]
    public async Task TheClientIsFramedWithIssuerAndSession()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var page = await LeaveAsync(person, tokens);

        var frame = new Uri(Assert.Single(FramesOf(page)));
        var query = QueryHelpers.ParseQuery(frame.Query);
        Assert.Equal("https://rp.example/front-channel", frame.GetLeftPart(UriPartial.Path));
        Assert.Equal((plan.Issuer, tokens.IdToken!.Claim("sid")), (query["iss"].ToString(), query["sid"].ToString()));
    }

    [Fact]
    public async Task ThePolicyOfThePageLetsTheFrameLoadAndNoOther()
    {
        using var person = plan.Browser();

        var page = await LeaveAsync(person, await Client.SignInAsync(person));

        var allowed = Regex.Match(page.Header("Content-Security-Policy")!, "frame-src ([^;]+)").Groups[1].Value;
        Assert.Equal("https://rp.example", allowed.Trim());
    }

    [Fact]
    public async Task EachClientOfTheSessionIsFramedAndNobodyElse()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);
        await new StrictClient(plan, plan.Other).SignInAsync(person);

        var page = await LeaveAsync(person, tokens);

        Assert.Equal(
            ["https://other.example/front-channel", "https://rp.example/front-channel"],
            FramesOf(page).Select(static frame => frame.Split('?')[0]).Order()
        );
    }

    [Fact]
    public async Task AClientThatWantsNeitherIssuerNorSessionIsFramedWithoutThem()
    {
        using var person = plan.Browser();
        StrictClient other = new(plan, plan.Other);

        var page = await LeaveAsync(person, await other.SignInAsync(person));

        Assert.Equal("https://other.example/front-channel", Assert.Single(FramesOf(page)));
    }

    [Fact]
    public async Task ThePersonGoesOnToTheClientAfterwards()
    {
        using var person = plan.Browser();
        var tokens = await Client.SignInAsync(person);

        var page = await LeaveAsync(person, tokens, "&post_logout_redirect_uri=https%3A%2F%2Frp.example%2Fbye&state=s");

        Assert.NotEmpty(FramesOf(page));
        // A link, for who has no script.
        Assert.Contains("href=\"https://rp.example/bye?state=s\"", page.Html);
    }

    private async Task<VisitedPage> LeaveAsync(Person person, Tokens tokens, string more = "")
    {
        var visit = await person.GoAsync(
            $"{plan.Metadata.EndSessionEndpoint}?id_token_hint={tokens.IdTokenText}{more}",
            "https://nowhere.example/"
        );
        Assert.Equal(HttpStatusCode.OK, visit.Page.Status);
        return visit.Page;
    }

    private static string[] FramesOf(VisitedPage page) =>
        [.. Frame().Matches(page.Html).Select(static match => WebUtility.HtmlDecode(match.Groups[1].Value))];

    [GeneratedRegex("<iframe[^>]*\\ssrc=\"([^\"]+)\"")]
    private static partial Regex Frame();

    /// <summary>Clients with an address for the frame.</summary>
    public sealed class FramingProvider : ConformanceProvider
    {
        internal override IEnumerable<Registration> Registrations =>
            [
                Client with
                {
                    More = new Dictionary<string, string?>
                    {
                        ["FrontchannelLogoutUri"] = "https://rp.example/front-channel",
                        ["FrontchannelLogoutSessionRequired"] = "true",
                        ["PostLogoutRedirectUris:0"] = "https://rp.example/bye",
                    },
                },
                Other with
                {
                    More = new Dictionary<string, string?>
                    {
                        ["FrontchannelLogoutUri"] = "https://other.example/front-channel",
                        ["FrontchannelLogoutSessionRequired"] = "false",
                    },
                },
            ];
    }
}
