using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Grants.Device;

/// <summary>The page of the device grant: never one click, only who is signed in, and guessing has an end (DV-1,
/// DV-2).</summary>
public sealed class DevicePageTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    [Fact]
    public async Task DV_2_an_address_with_the_code_fills_it_in_asks_to_compare_it_and_decides_nothing()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var browser = await fixture.PersonAsync();
        var device = await AskAsync(tv);

        var page = await browser.GetAsync(new Uri(device["verification_uri_complete"]!).PathAndQuery);

        Assert.Contains("Check that this code matches", page.Text, StringComparison.Ordinal);
        Assert.Contains(page.MainForm.Fields, field => field == ("Input.Code", device["user_code"]!));
        Assert.DoesNotContain("Television", page.Text, StringComparison.Ordinal);
        Assert.Equal("authorization_pending", (await PollAsync(tv, device)).Error);
    }

    [Fact]
    public async Task The_warning_stands_before_the_button()
    {
        using var browser = await fixture.PersonAsync();

        var page = await browser.GetAsync("/device");

        var warning = page.Html.IndexOf("Did someone send you this code?", StringComparison.Ordinal);
        var button = page.Html.IndexOf("<button class=\"main\"", StringComparison.Ordinal);
        Assert.InRange(warning, 1, button);
    }

    [Fact]
    public async Task A_stranger_signs_in_first_and_comes_back_with_the_code_and_nothing_else()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var browser = new PageBrowser(fixture.Host);
        var code = (await AskAsync(tv))["user_code"];

        var page = await browser.GetAsync($"/device?user_code={code}&x=1");
        var odd = await browser.GetAsync("/device?user_code=" + Uri.EscapeDataString("\"><script>"));

        Assert.Equal(
            (HttpStatusCode.SeeOther, "/sign-in?returnUrl=" + Uri.EscapeDataString($"/device?user_code={code}")),
            (page.Status, page.Location)
        );
        Assert.Equal("/sign-in?returnUrl=%2Fdevice", odd.Location);
    }

    [Fact]
    public async Task The_question_is_for_the_session_that_typed_the_code_and_for_no_address_that_was_passed_on()
    {
        using RelyingParty tv = new(fixture.Host, "tv");
        using var attacker = await fixture.PersonAsync();
        var victimId = await RelyingParty.CreateUserAsync(fixture.Database, $"victim-{Guid.NewGuid():N}@example.com");
        using var victim = await fixture.PersonAsync(victimId);
        var device = await AskAsync(tv);
        var typed = await attacker.SubmitAsync(
            await attacker.GetAsync("/device"),
            [("Input.Code", device["user_code"]!)]
        );

        var led = await victim.GetAsync(typed.Location!);
        var forged = await victim.GetAsync("/device?request=" + new string('A', 400));
        var posted = await victim.SubmitAsync(
            await victim.GetAsync("/device"),
            [
                ("request", Uri.UnescapeDataString(typed.Location!.Split('=')[1])),
                ("decision", "allow"),
                ("handler", "Decide"),
            ]
        );

        Assert.Contains("This request has expired", led.Text, StringComparison.Ordinal);
        Assert.Contains("This request has expired", forged.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("done=allowed", posted.Location ?? "", StringComparison.Ordinal);
        Assert.Equal("authorization_pending", (await PollAsync(tv, device)).Error);
    }

    [Fact]
    public async Task DV_1_ten_wrong_codes_and_the_person_waits_even_with_a_right_one()
    {
        var guesser = await RelyingParty.CreateUserAsync(fixture.Database, $"guesser-{Guid.NewGuid():N}@example.com");
        using RelyingParty tv = new(fixture.Host, "tv");
        using var browser = await fixture.PersonAsync(guesser);
        // The address counts as well: this test must not lock the others out.
        try
        {
            var form = await browser.GetAsync("/device");
            for (var i = 0; i < 10; i++)
            {
                var wrong = await browser.SubmitAsync(form, [("Input.Code", "BBBB-BBBB")]);
                Assert.Equal(HttpStatusCode.OK, wrong.Status);
                Assert.Contains("That code doesn’t work", wrong.Text, StringComparison.Ordinal);
            }

            var throttled = await browser.SubmitAsync(form, [("Input.Code", (await AskAsync(tv))["user_code"]!)]);

            Assert.Equal(HttpStatusCode.TooManyRequests, throttled.Status);
            Assert.NotNull(throttled.Header("Retry-After"));
        }
        finally
        {
            await fixture.Database.ExecuteAsync("DELETE FROM idp.throttle_counters");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("ÄÖÜ-ß")]
    [InlineData("'; DROP TABLE users; --")]
    [InlineData("\u202e")]
    public async Task What_is_no_code_is_said_beside_the_field(string typed)
    {
        using var browser = await fixture.PersonAsync();

        var page = await browser.SubmitAsync(await browser.GetAsync("/device"), [("Input.Code", typed)]);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("aria-invalid=\"true\"", page.Html, StringComparison.Ordinal);
        await fixture.Database.ExecuteAsync("DELETE FROM idp.throttle_counters");
    }

    [Fact]
    public async Task A_form_from_elsewhere_decides_nothing()
    {
        using var browser = await fixture.PersonAsync();
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("decision", "allow")]);

        using var answer = await browser.Client.PostAsync("/device?handler=Decide", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Switched_off_there_is_neither_endpoint_nor_grant_nor_page_and_discovery_says_so()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ExtensionGrantFixture.Settings)
            {
                ["Identity:Grants:DeviceAuthorization"] = "false",
                ["Identity:Grants:BackchannelAuthentication"] = "false",
            }
        );
        using RelyingParty tv = new(host, "tv");
        using var browser = await fixture.PersonAsync(host: host);
        using var client = host.CreateClient();

        var document = System.Text.Json.JsonElement.Parse(
            await client.GetStringAsync("/.well-known/openid-configuration")
        );
        var asked = await tv.SendAsync(tv.Post("/connect/device", ("scope", "openid")));
        var polled = await tv.SendAsync(
            tv.Post("/connect/token", ("grant_type", ExtensionGrantFixture.DeviceGrant), ("device_code", "x"))
        );
        var page = await browser.GetAsync("/device");

        Assert.False(document.TryGetProperty("device_authorization_endpoint", out _));
        Assert.DoesNotContain(
            ExtensionGrantFixture.DeviceGrant,
            document.GetProperty("grant_types_supported").EnumerateArray().Select(static grant => grant.GetString())
        );
        Assert.Equal(HttpStatusCode.NotFound, asked.Status);
        Assert.Equal("unsupported_grant_type", polled.Error);
        Assert.Equal(HttpStatusCode.NotFound, page.Status);
    }

    private static async Task<Answer> AskAsync(RelyingParty party) =>
        await party.SendAsync(party.Post("/connect/device", ("scope", "openid")));

    private static Task<Answer> PollAsync(RelyingParty party, Answer device) =>
        party.SendAsync(
            party.Post(
                "/connect/token",
                ("grant_type", ExtensionGrantFixture.DeviceGrant),
                ("device_code", device["device_code"])
            )
        );
}
