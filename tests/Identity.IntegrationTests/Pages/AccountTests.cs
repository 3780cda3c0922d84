using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

public sealed class AccountTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    private const string NextPassword = "Another-Horse-8-stable";

    [Theory]
    [InlineData("/account")]
    [InlineData("/account/profile")]
    [InlineData("/account/password")]
    [InlineData("/account/sessions")]
    public async Task A_stranger_is_sent_to_sign_in_and_comes_back(string path)
    {
        var user = await fixture.UserAsync();
        using var browser = new PageBrowser(fixture.Host);

        var door = await browser.FollowAsync(await browser.GetAsync(path));
        var answer = await browser.SubmitAsync(
            door,
            [("Input.Email", user.Email), ("Input.Password", PagesFixture.Password)]
        );

        Assert.Equal("/sign-in", door.Address.AbsolutePath);
        Assert.Equal(path, answer.Location);
    }

    [Fact]
    public async Task SE_6_a_changed_password_ends_every_other_session_and_gives_this_one_a_new_token()
    {
        var user = await fixture.UserAsync();
        using var here = await fixture.SignedInAsync(user);
        using var elsewhere = await fixture.SignedInAsync(user);
        var oldToken = here.Cookie("__Host-identity");

        var answer = await here.SubmitAsync(
            await here.GetAsync("/account/password"),
            [("Input.CurrentPassword", PagesFixture.Password), ("Input.NewPassword", NextPassword)]
        );

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Contains("Password changed", (await here.FollowAsync(answer)).Text, StringComparison.Ordinal);
        Assert.NotEqual(oldToken, here.Cookie("__Host-identity"));
        Assert.Equal(HttpStatusCode.SeeOther, (await elsewhere.GetAsync("/account")).Status);
        using var later = new PageBrowser(fixture.Host);
        Assert.Equal(HttpStatusCode.OK, (await later.SignInAsync(user.Email, PagesFixture.Password)).Status);
        Assert.Equal(HttpStatusCode.SeeOther, (await later.SignInAsync(user.Email, NextPassword)).Status);
    }

    [Theory]
    [InlineData("wrong-Horse-7-battery", NextPassword, "That’s not your current password.")]
    [InlineData(PagesFixture.Password, "short", "Use at least 8 characters.")]
    [InlineData(PagesFixture.Password, "Password1!", "easy to guess")]
    [InlineData("", NextPassword, "Enter your current password.")]
    public async Task A_password_that_may_not_be_changed_says_why_and_stays(string current, string next, string says)
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/account/password"),
            [("Input.CurrentPassword", current), ("Input.NewPassword", next)]
        );

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(says, answer.Text, StringComparison.Ordinal);
        using var other = new PageBrowser(fixture.Host);
        Assert.Equal(HttpStatusCode.SeeOther, (await other.SignInAsync(user.Email, PagesFixture.Password)).Status);
    }

    [Fact]
    public async Task SE_8_one_session_is_ended_from_the_list_and_then_all_others()
    {
        var user = await fixture.UserAsync();
        using var here = await fixture.SignedInAsync(user);
        using var second = await fixture.SignedInAsync(user);
        using var third = await fixture.SignedInAsync(user);

        var list = await here.GetAsync("/account/sessions");
        var ends = list
            .Forms.Where(static form => form.Action.EndsWith("handler=End", StringComparison.Ordinal))
            .ToArray();
        var ids = ends.Select(static form => form.Fields.Single(static field => field.Name == "id").Value).ToArray();
        await here.SubmitAsync(list, [("id", ids[1])], "handler=End");
        var left = await AliveAsync(second, third);
        await here.SubmitAsync(await here.GetAsync("/account/sessions"), [], "handler=EndOthers");

        Assert.Equal(3, ids.Distinct().Count());
        Assert.Contains("This device", list.Text, StringComparison.Ordinal);
        Assert.Equal(1, left);
        Assert.Equal(0, await AliveAsync(second, third));
        Assert.Equal(1, await AliveAsync(here));
    }

    [Fact]
    public async Task A_session_of_somebody_else_is_not_ended()
    {
        var (victim, attacker) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var theirs = await fixture.SignedInAsync(victim);
        using var mine = await fixture.SignedInAsync(attacker);
        var id = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM sessions WHERE user_id = @id AND is_active",
            ("id", victim.Id)
        );

        await mine.SubmitAsync(await mine.GetAsync("/account/sessions"), [("id", id.ToString())], "handler=End");

        Assert.Equal(1, await AliveAsync(theirs));
    }

    [Fact]
    public async Task The_profile_is_saved_shown_and_decides_the_language()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/account/profile"),
            [
                ("Input.Name", "  Grace <Hopper>  "),
                ("Input.GivenName", "Grace"),
                ("Input.FamilyName", ""),
                ("Input.Locale", "de"),
            ]
        );
        var overview = await browser.GetAsync("/account");

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.Contains("Guten Tag, Grace <Hopper>", overview.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<Hopper>", overview.Html, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"de\"", overview.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("bell\u0007")]
    public async Task A_name_with_control_characters_is_refused_kindly(string name)
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.SignedInAsync(user);

        var page = await browser.GetAsync("/account/profile");
        browser.Client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var answer = await browser.SubmitAsync(page, [("Input.Name", name)]);

        // One gate refuses such text on every page, before any form is read.
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("contains a character that", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(name, answer.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_meter_judges_a_password_only_with_an_antiforgery_token()
    {
        using var browser = new PageBrowser(fixture.Host);
        var page = await browser.GetAsync("/register");
        var token = page.MainForm.Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;

        using var with = await browser.Client.PostAsync(
            "/register?handler=Strength",
            Form(("Input.NewPassword", NextPassword), ("__RequestVerificationToken", token))
        );
        using var weak = await browser.Client.PostAsync(
            "/register?handler=Strength",
            Form(("Input.NewPassword", "password"), ("__RequestVerificationToken", token))
        );
        using var without = await browser.Client.PostAsync(
            "/register?handler=Strength",
            Form(("Input.NewPassword", NextPassword))
        );

        Assert.Contains("\"accepted\":true", await with.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"accepted\":false", await weak.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
    }

    private static async Task<int> AliveAsync(params PageBrowser[] browsers)
    {
        var alive = 0;
        foreach (var browser in browsers)
            alive += (await browser.GetAsync("/account")).Status == HttpStatusCode.OK ? 1 : 0;
        return alive;
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value)));
}
