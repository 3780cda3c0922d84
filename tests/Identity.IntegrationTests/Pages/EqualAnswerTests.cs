using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>EN-1 to EN-3: what a stranger sees and what it costs is the same, whatever there is behind an address.</summary>
public sealed partial class EqualAnswerTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task EN_1_a_sign_in_that_fails_looks_and_costs_the_same_whatever_the_cause()
    {
        var absent = await ObserveSignInAsync("nobody-at-all@example.org");

        foreach (var cause in (string[])["wrong password", "locked", "disabled", "deleted", "unverified", "without password", "malformed"])
            Assert.Equal((cause, absent), (cause, await ObserveSignInAsync(await ArrangeAsync(cause))));
        Assert.Equal(1, absent.Hashes);
    }

    [Fact]
    public async Task EN_3_registering_a_known_address_looks_and_costs_the_same_as_a_new_one()
    {
        var absent = await ObserveRegistrationAsync($"new-{Guid.NewGuid():N}@example.org");

        foreach (var cause in (string[])["present", "disabled", "deleted", "locked", "unverified"])
            Assert.Equal((cause, absent), (cause, await ObserveRegistrationAsync(await ArrangeAsync(cause))));
        Assert.Equal(303, absent.Status);
        Assert.Equal(1, absent.Hashes);
    }

    [Theory]
    [InlineData("/forgot-password")]
    [InlineData("/check-mail")]
    public async Task EN_1_asking_for_a_mail_looks_and_costs_the_same_whatever_there_is_behind_the_address(string path)
    {
        var absent = await ObserveAsync(path, $"new-{Guid.NewGuid():N}@example.org", null);

        foreach (var cause in (string[])["present", "disabled", "deleted", "locked", "unverified", "without password"])
            Assert.Equal((cause, absent), (cause, await ObserveAsync(path, await ArrangeAsync(cause), null)));
        Assert.Equal(303, absent.Status);
        Assert.Equal(0, absent.Hashes);
    }

    private sealed record Observation(int Status, string Headers, string Cookies, string Body, long Hashes);

    private Task<Observation> ObserveSignInAsync(string email) => ObserveAsync("/sign-in", email, "Input.Password");

    private Task<Observation> ObserveRegistrationAsync(string email) => ObserveAsync("/register", email, "Input.NewPassword");

    // A machine that is busy with other tests may answer 503, which is no answer about the address: then it is asked again.
    private async Task<Observation> ObserveAsync(string path, string email, string? passwordField)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var browser = new PageBrowser(fixture.Host);
            var form = await browser.GetAsync(path);
            var before = fixture.Hasher.Calls;
            var answer = await browser.SubmitAsync(form, passwordField is null ? [("Input.Email", email)] : [("Input.Email", email), (passwordField, "Quite-Another-7-password")]);
            if (answer.Status != HttpStatusCode.ServiceUnavailable || attempt == 5)
                return Observe(answer, email, fixture.Hasher.Calls - before);
        }
    }

    // What differs between any two requests is taken out: token, address, times and ids. Everything else must be equal to the byte.
    private static Observation Observe(VisitedPage answer, string email, long hashes)
    {
        string[] changing = ["Date", "X-Correlation-Id", "Set-Cookie"];
        var headers = string.Join('\n', answer.Headers.Where(header => !changing.Contains(header.Key)).OrderBy(static header => header.Key, StringComparer.Ordinal)
            .Select(static header => $"{header.Key}: {string.Join(',', header.Value)}"));
        var cookies = answer.Headers.TryGetValue("Set-Cookie", out var set) ? string.Join('\n', set.Select(static cookie => CookieValue().Replace(cookie, "=*"))) : "";
        var body = TokenValue().Replace(answer.Html, "token").Replace(WebUtility.HtmlEncode(email), "*", StringComparison.Ordinal);
        return new((int)answer.Status, headers, cookies, body, hashes);
    }

    private async Task<string> ArrangeAsync(string cause)
    {
        if (cause == "malformed")
            return "not an address";
        var user = await fixture.UserAsync();
        switch (cause)
        {
            case "locked":
                for (var attempt = 0; attempt < 5; attempt++)
                    await ObserveSignInAsync(user.Email);
                break;
            case "deleted":
                await fixture.Service<UserStore>().DeleteAsync(user.Id, new(null, null, null), default);
                break;
            case "disabled":
                await fixture.Service<UserStore>().DisableAsync(user.Id, new(null, null, null), default);
                break;
            case "unverified":
                await fixture.Database.ExecuteAsync("UPDATE users SET email_verified = false WHERE id = @id", ("id", user.Id));
                break;
            case "without password":
                await fixture.Database.ExecuteAsync("UPDATE users SET password_hash = NULL WHERE id = @id", ("id", user.Id));
                break;
        }
        return user.Email;
    }

    [GeneratedRegex("(?<=^[^=]+)=[^;]*")]
    private static partial Regex CookieValue();

    [GeneratedRegex("(?<=__RequestVerificationToken\"[^>]*value=\")[^\"]*")]
    private static partial Regex TokenValue();
}
