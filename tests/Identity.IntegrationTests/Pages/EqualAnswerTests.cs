using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>EN-1 to EN-3: what a stranger sees and what it costs is the same, whatever there is behind an
/// address.</summary>
public sealed partial class EqualAnswerTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task EN_1_a_sign_in_that_fails_looks_and_costs_the_same_whatever_the_cause()
    {
        var absent = await ObserveSignInAsync("nobody-at-all@example.org");

        foreach (
            var cause in (string[])
                ["wrong password", "disabled", "deleted", "unverified", "without password", "malformed"]
        )
            Assert.Equal((cause, absent), (cause, await ObserveSignInAsync(await ArrangeAsync(cause))));
        Assert.Equal(1, absent.Hashes);
    }

    [Fact]
    public async Task EN_1_attempts_are_paused_with_the_same_words_for_every_address_and_the_right_password()
    {
        const string Paused = "paused for up to 30 minutes";
        var absent = await PauseAsync($"nobody-{Guid.NewGuid():N}@example.org");

        foreach (var cause in (string[])["present", "disabled", "deleted", "unverified", "without password"])
            Assert.Equal((cause, absent), (cause, await PauseAsync(await ArrangeAsync(cause))));
        Assert.Equal(1, absent.Hashes);
        Assert.Contains(Paused, absent.Body, StringComparison.Ordinal);

        async Task<Observation> PauseAsync(string email)
        {
            for (var attempt = 1; attempt <= 5; attempt++)
                Assert.Equal(
                    attempt == 5,
                    (await ObserveSignInAsync(email)).Body.Contains(Paused, StringComparison.Ordinal)
                );
            return await ObserveAsync("/sign-in", email, "Input.Password", PagesFixture.Password);
        }
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

    /// <summary>What may stand behind an address.</summary>
    private static readonly string[] Causes =
    [
        "present",
        "disabled",
        "deleted",
        "locked",
        "unverified",
        "without password",
    ];

    [Fact]
    public async Task EN_1_asking_for_a_link_to_sign_in_looks_and_costs_the_same_and_so_do_links_that_cannot_be_used()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Recovery:MagicLinks"] = "true" }
        );
        var hasher = host.Services.GetRequiredService<PasswordHasher>();
        var absent = await AskAsync($"new-{Guid.NewGuid():N}@example.org");
        foreach (var cause in Causes)
            Assert.Equal((cause, absent), (cause, await AskAsync(await ArrangeAsync(cause))));
        Assert.Equal((303, 0L), (absent.Status, absent.Hashes));

        var invented = await OpenAsync(host, "/magic-link", OpaqueToken.Create().Value);
        foreach (var fate in Fates)
            Assert.Equal(
                (fate, invented),
                (
                    fate,
                    await OpenAsync(
                        host,
                        "/magic-link",
                        await TokenAsync("idp.magic_links", "email, browser_hash", "'x@example.org', sha256('x')", fate)
                    )
                )
            );

        async Task<Observation> AskAsync(string email)
        {
            using var browser = new PageBrowser(host);
            var form = await browser.GetAsync("/sign-in/link");
            var before = hasher.Calls;
            return Observe(await browser.SubmitAsync(form, [("Input.Email", email)]), email, hasher.Calls - before);
        }
    }

    [Fact]
    public async Task EN_1_both_pages_of_an_identifier_first_sign_in_look_and_cost_the_same_whatever_the_cause()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>
            {
                ["Identity:SignIn:IdentifierFirst"] = "true",
                ["Identity:Recovery:MailCodes"] = "true",
            }
        );
        // The second browser has signed in to an account of somebody else, and so has a device cookie.
        using PageBrowser stranger = new(host);
        using PageBrowser known = new(host);
        var signedIn = await known.SubmitAsync(
            await IdentifyAsync(known, (await fixture.UserAsync()).Email),
            [("Input.Password", PagesFixture.Password)],
            "/sign-in?identified"
        );
        await known.SubmitAsync(await known.GetAsync("/sign-out"), []);
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.Status);
        foreach (var browser in (PageBrowser[])[stranger, known])
        {
            var absent = await IdentifiedAsync(browser, $"person-{Guid.NewGuid():N}@example.org");
            foreach (var cause in Causes.Concat(["passkey only", "provider only"]))
                Assert.Equal((cause, absent), (cause, await IdentifiedAsync(browser, await ArrangeAsync(cause))));
            // The second page asks whether a challenge is due, and with a device cookie for what the account can do.
            Assert.Equal((303, 0L), (absent.First.Status, absent.First.Hashes));
            Assert.Equal((200, browser == stranger ? 1L : 2L), (absent.Second.Status, absent.Second.Hashes));
            Assert.Contains("current-password", absent.Second.Body, StringComparison.Ordinal);
        }

        var refused = await RefusedAsync($"person-{Guid.NewGuid():N}@example.org");
        foreach (var cause in Causes.Where(static cause => cause != "locked").Append("passkey only"))
            Assert.Equal((cause, refused), (cause, await RefusedAsync(await ArrangeAsync(cause))));

        // Both answers, and the SQL commands that each took in place of the hashes.
        async Task<(Observation First, Observation Second)> IdentifiedAsync(PageBrowser browser, string email)
        {
            var form = await browser.GetAsync("/sign-in");
            var (first, asked) = await browser.CountedAsync(() => browser.SubmitAsync(form, [("Input.Email", email)]));
            var (second, read) = await browser.CountedAsync(() => browser.GetAsync(first.Location!));
            return (Observe(first, email, asked), Observe(second, email, read));
        }

        async Task<Observation> RefusedAsync(string email)
        {
            using PageBrowser browser = new(host);
            var page = await IdentifyAsync(browser, email);
            var wrong = await browser.SubmitAsync(
                page,
                [("Input.Password", "Quite-Another-7-password")],
                "/sign-in?identified"
            );
            return Observe(wrong, email, 0);
        }

        static async Task<VisitedPage> IdentifyAsync(PageBrowser browser, string email) =>
            await browser.FollowAsync(
                await browser.SubmitAsync(await browser.GetAsync("/sign-in"), [("Input.Email", email)])
            );
    }

    [Fact]
    public async Task EN_1_changing_to_an_address_looks_and_costs_the_same_whoever_has_it()
    {
        var absent = await ChangeToAsync($"new-{Guid.NewGuid():N}@example.org");

        foreach (var cause in Causes)
            Assert.Equal((cause, absent), (cause, await ChangeToAsync(await ArrangeAsync(cause))));
        Assert.Equal((303, 0L), (absent.Status, absent.Hashes));

        async Task<Observation> ChangeToAsync(string email)
        {
            using var browser = await fixture.SignedInAsync(await fixture.UserAsync());
            var form = await browser.GetAsync("/account/email");
            var before = fixture.Hasher.Calls;
            return Observe(
                await browser.SubmitAsync(form, [("Input.Email", email)], "/account/email"),
                email,
                fixture.Hasher.Calls - before
            );
        }
    }

    private static readonly string[] Fates = ["used", "expired", "disabled", "deleted"];

    [Theory]
    [InlineData("/reset-password", "password_reset_tokens", "ip_address", "NULL")]
    [InlineData("/verify-email", "email_verification_tokens", "email", "'x@example.org'")]
    [InlineData("/secure-account", "idp.secure_account_links", "kind", "'new_device'")]
    [InlineData("/revert-email", "idp.email_change_reverts", "old_email", "'x@example.org'")]
    public async Task EN_1_a_link_that_cannot_be_used_says_the_same_whatever_became_of_it(
        string path,
        string table,
        string column,
        string value
    )
    {
        var invented = await OpenAsync(fixture.Host, path, OpaqueToken.Create().Value);

        // An account that is switched off can take its address back, so that such a link is good.
        foreach (var fate in path == "/revert-email" ? Fates.Where(static fate => fate != "disabled") : Fates)
            Assert.Equal(
                (fate, invented),
                (fate, await OpenAsync(fixture.Host, path, await TokenAsync(table, column, value, fate)))
            );
        Assert.Equal((200, 0L), (invented.Status, invented.Hashes));
    }

    // Opened, and sent as the form would be that the page does not show.
    private async Task<Observation> OpenAsync(IdentityHost host, string path, string token)
    {
        using var browser = new PageBrowser(host);
        var before = fixture.Hasher.Calls;
        var moved = await browser.GetAsync($"{path}?token={token}");
        var shown = await browser.GetAsync(moved.Location!);
        await browser.GetAsync($"{path}?token={token}");
        var sent = await browser.SubmitAsync(
            shown with
            {
                Html = shown.Html.Replace("handler=Language", "", StringComparison.Ordinal),
            },
            [("Input.NewPassword", "Quite-Another-7-password")]
        );
        var (first, second) = (Observe(shown, token, 0), Observe(sent, token, fixture.Hasher.Calls - before));
        return second with
        {
            Status = first.Status,
            Body = first.Body + second.Body,
            Headers = first.Headers + second.Headers,
            Cookies = first.Cookies + second.Cookies,
        };
    }

    private async Task<string> TokenAsync(string table, string columns, string values, string fate)
    {
        var (user, token) = (await fixture.UserAsync(), OpaqueToken.Create());
        await fixture.Database.ExecuteAsync(
            $"""
            INSERT INTO {table} (id, user_id, token_hash, created_at, expires_at, used_at, {columns})
            SELECT gen_random_uuid(), @id, @hash, now() - interval '2 minutes', now() + CASE @fate
                WHEN 'expired' THEN interval '-1 minute' ELSE interval '5 minutes' END,
                   CASE @fate WHEN 'used' THEN now() END, {values}
            """,
            ("id", user.Id),
            ("hash", token.Digest.Value),
            ("fate", fate)
        );
        if (fate == "disabled")
            await fixture.Database.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @id", ("id", user.Id));
        if (fate == "deleted")
            await fixture.Database.ExecuteAsync("UPDATE users SET deleted_at = now() WHERE id = @id", ("id", user.Id));
        return token.Value;
    }

    private sealed record Observation(int Status, string Headers, string Cookies, string Body, long Hashes);

    private Task<Observation> ObserveSignInAsync(string email) => ObserveAsync("/sign-in", email, "Input.Password");

    private Task<Observation> ObserveRegistrationAsync(string email) =>
        ObserveAsync("/register", email, "Input.NewPassword");

    // A machine that is busy with other tests may answer 503, which is no answer about the address: then it is asked
    // again.
    private async Task<Observation> ObserveAsync(
        string path,
        string email,
        string? passwordField,
        string password = "Quite-Another-7-password"
    )
    {
        for (var attempt = 0; ; attempt++)
        {
            using var browser = new PageBrowser(fixture.Host);
            var form = await browser.GetAsync(path);
            var before = fixture.Hasher.Calls;
            var answer = await browser.SubmitAsync(
                form,
                passwordField is null ? [("Input.Email", email)] : [("Input.Email", email), (passwordField, password)]
            );
            if (answer.Status != HttpStatusCode.ServiceUnavailable || attempt == 5)
                return Observe(answer, email, fixture.Hasher.Calls - before);
        }
    }

    // What differs between any two requests is taken out: token, address, times and ids. Everything else must be equal
    // to the byte.
    private static Observation Observe(VisitedPage answer, string email, long hashes)
    {
        string[] changing = ["Date", "X-Correlation-Id", "Set-Cookie"];
        var headers = string.Join(
            '\n',
            answer
                .Headers.Where(header => !changing.Contains(header.Key))
                .OrderBy(static header => header.Key, StringComparer.Ordinal)
                .Select(static header => $"{header.Key}: {string.Join(',', header.Value)}")
        );
        var cookies = answer.Headers.TryGetValue("Set-Cookie", out var set)
            ? string.Join('\n', set.Select(static cookie => CookieValue().Replace(cookie, "=*")))
            : "";
        var body = TokenValue()
            .Replace(answer.Html, "token")
            .Replace(WebUtility.HtmlEncode(email), "*", StringComparison.Ordinal);
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
                await fixture.Service<AccountEraser>().EraseAsync(fixture.Service<Database>(), user.Id);
                break;
            case "disabled":
                await fixture.Service<AccountActions>().DisableAsync(user.Id);
                break;
            case "unverified":
                await fixture.Database.ExecuteAsync(
                    "UPDATE users SET email_verified = false WHERE id = @id",
                    ("id", user.Id)
                );
                break;
            case "passkey only":
                await fixture.Database.ExecuteAsync(
                    """
                    WITH gone AS (UPDATE users SET password_hash = NULL WHERE id = @id)
                    INSERT INTO idp.passkeys (id, user_id, credential_id, public_key, is_user_verified,
                        is_backup_eligible, is_backed_up, attestation_object, client_data_json, name)
                    VALUES (@id, @id, decode(md5(@id::text), 'hex'), '\x00', true, true, true, '\x00', '\x00', 'Phone')
                    """,
                    ("id", user.Id)
                );
                break;
            case "provider only":
                await fixture.Database.ExecuteAsync(
                    """
                    WITH gone AS (UPDATE users SET password_hash = NULL WHERE id = @id)
                    INSERT INTO idp.external_logins (provider, subject, user_id, issuer)
                    VALUES ('work', @id::text, @id, 'https://work.example')
                    """,
                    ("id", user.Id)
                );
                break;
            case "without password":
                await fixture.Database.ExecuteAsync(
                    "UPDATE users SET password_hash = NULL WHERE id = @id",
                    ("id", user.Id)
                );
                break;
        }
        return user.Email;
    }

    [GeneratedRegex("(?<=^[^=]+)=[^;]*")]
    private static partial Regex CookieValue();

    [GeneratedRegex("(?<=__RequestVerificationToken\"[^>]*value=\")[^\"]*")]
    private static partial Regex TokenValue();
}
