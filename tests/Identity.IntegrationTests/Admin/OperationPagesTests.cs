using System.Net;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Denials;
using Identity.Server.Admin.Console.Operations;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>The audit log, refusals, keys, logout messages and settings in the console.</summary>
public sealed class OperationPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task The_settings_show_what_the_provider_finds_faults_and_warnings_first()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.clients (client_id, definition, source)
            VALUES ('no-pkce', '{"profile": "web", "allow_nonce_instead_of_pkce": true}', 'administration')
            """
        );

        var page = await browser.GetAsync("/admin/settings");
        await fixture.Database.ExecuteAsync("DELETE FROM idp.clients WHERE client_id = 'no-pkce'");

        Assert.Contains("no-pkce may sign people in by nonce", page.Text, StringComparison.Ordinal);
        Assert.True(
            page.Text.IndexOf("no-pkce may", StringComparison.Ordinal)
                < page.Text.IndexOf("every algorithm has one that is valid", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_audit_log_is_filtered_and_goes_on_by_key()
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);
        for (var number = 0; number < 60; number++)
            await AppendAsync(user.Id, AuditEventTypes.PasskeyRenamed, $"row {number}");

        var first = await browser.GetAsync($"/admin/audit?UserId={user.Id}&Type=passkey_renamed");
        var next = WebUtility.HtmlDecode(
            first.Html.Split("href=\"").Single(part => part.Contains("after=", StringComparison.Ordinal)).Split('"')[0]
        );
        var second = await browser.GetAsync(next);
        var wrong = await browser.GetAsync("/admin/audit?UserId=nobody");

        Assert.Contains("row 59", first.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("row 9\"", first.Text, StringComparison.Ordinal);
        Assert.Contains("row 9\"", second.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("row 10\"", second.Text, StringComparison.Ordinal);
        Assert.Contains("Check its format", wrong.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "text/csv", "\"'=1+1\"")]
    [InlineData("ndjson", "application/x-ndjson", "\"user_agent\":\"=1\\u002B1\"")]
    public async Task An_export_is_a_stream_of_what_the_filter_finds_and_is_audited(
        string format,
        string type,
        string expected
    )
    {
        var user = await fixture.UserAsync();
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);
        await AppendAsync(user.Id, AuditEventTypes.PasskeyRenamed, "mine", "=1+1");
        var page = await browser.GetAsync($"/admin/audit?UserId={user.Id}&Type=passkey_renamed");

        var export = await browser.SubmitAsync(page, [("format", format)], "handler=Export");

        Assert.StartsWith(type, export.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Contains(expected, export.Html, StringComparison.Ordinal);
        Assert.Equal(format == "csv" ? 2 : 1, export.Html.TrimEnd().Split('\n').Length);
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                """
                SELECT EXISTS (SELECT FROM audit_logs WHERE event_type = 'audit_exported' AND details ->> 'user' = @id)
                """,
                ("id", user.Id.ToString())
            )
        );
    }

    [Fact]
    public async Task The_log_is_verified_on_demand()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);

        var page = await browser.SubmitAsync(await browser.GetAsync("/admin/audit"), [], "handler=Verify");

        Assert.Contains("The log is intact", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_found_by_the_reference_that_the_person_saw()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Support);
        var id = Guid.NewGuid().ToString("N");
        await fixture
            .Service<DenialStore>()
            .SaveAsync(
                new(
                    id,
                    TimeProvider.System.GetUtcNow(),
                    "token",
                    "RequireCredentials",
                    "invalid_client",
                    "The secret is wrong.",
                    "shop",
                    "a secret",
                    "another <script>"
                ),
                default
            );

        var list = await browser.GetAsync("/admin/denials?app=shop");
        var one = await browser.GetAsync($"/admin/denials?id={id}");
        var none = await browser.GetAsync("/admin/denials?id=unknown");

        Assert.Contains(id, list.Html, StringComparison.Ordinal);
        Assert.Contains("RequireCredentials", one.Text, StringComparison.Ordinal);
        Assert.Contains("another &lt;script&gt;", one.Html, StringComparison.Ordinal);
        Assert.Contains("No refusal is recorded", none.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_rotated_and_retired_by_who_may_and_the_log_says_by_whom()
    {
        var user = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(user);
        using var auditor = await fixture.OperatorAsync(AdminRole.Auditor);
        var page = await browser.GetAsync("/admin/keys");

        var rotated = await browser.SubmitAsync(page, [("algorithm", "ES256")], "handler=Rotate");
        var kid = await fixture.Database.ScalarAsync<string>(
            "SELECT kid FROM idp.signing_keys WHERE algorithm = 'ES256' ORDER BY activates_at DESC LIMIT 1"
        );
        var retired = await browser.SubmitAsync(page, [("kid", kid!)], "handler=Retire");
        var unknown = await browser.SubmitAsync(page, [("algorithm", "HS256")], "handler=Rotate");
        var seen = await auditor.GetAsync("/admin/keys");

        Assert.Equal("/admin/keys?done=KeyMade", rotated.Location);
        Assert.Equal("/admin/keys?done=KeyRetired", retired.Location);
        Assert.Contains("No HS256 key is kept", unknown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Rotate", seen.Html, StringComparison.Ordinal);
        Assert.Equal(
            2,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM audit_logs WHERE event_type = 'signing_key_rotated' AND details ->> 'actor' = @id
                """,
                ("id", user.Id.ToString())
            )
        );
    }

    [Fact]
    public async Task A_logout_message_that_was_given_up_is_tried_again()
    {
        using var browser = await fixture.OperatorAsync();
        var id = Guid.NewGuid();
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.logout_deliveries (id, session_id, user_id, client_id, reason, abandoned_at, last_error)
            VALUES (@id, gen_random_uuid(), gen_random_uuid(), 'deaf', 'logout', now(), 'timeout')
            """,
            ("id", id)
        );
        var page = await browser.GetAsync("/admin/deliveries?app=deaf");

        var retried = await browser.SubmitAsync(page, [("id", id.ToString())], "handler=Retry");

        Assert.Contains("timeout", page.Text, StringComparison.Ordinal);
        Assert.Equal("/admin/deliveries?done=Retried", retried.Location);
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM audit_logs WHERE details ->> 'delivery' = @id)",
                ("id", id.ToString())
            )
        );
    }

    [Fact]
    public async Task Mails_are_listed_without_what_they_say_and_the_server_is_tried_by_who_may()
    {
        var user = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(user);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, state, abandoned_at, last_error)
            VALUES (gen_random_uuid(), 'password_reset', decode(repeat('00', 32), 'hex'), true, 'abandoned', now(),
                '550 no such mailbox')
            """
        );

        var page = await browser.GetAsync("/admin/mail?State=Abandoned");
        var seen = await support.GetAsync("/admin/mail");
        var tried = await browser.SubmitAsync(page, [], "handler=Test");
        var wrong = await browser.SubmitAsync(page, [("Input.Address", "nobody")], "handler=Test");
        var retried = await browser.SubmitAsync(page, [], "handler=Retry");

        Assert.Contains("550 no such mailbox", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Retry", seen.Html, StringComparison.Ordinal);
        Assert.Contains("No mail server is configured", tried.Text, StringComparison.Ordinal);
        Assert.Contains("not an email address", wrong.Text, StringComparison.Ordinal);
        Assert.Equal("/admin/mail?done=MailRetried", retried.Location);
        Assert.Equal(
            2,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type LIKE 'mail\\_%' AND details ->> 'actor' = @id",
                ("id", user.Id.ToString())
            )
        );
    }

    [Fact]
    public async Task Settings_are_shown_with_their_source_and_secrets_are_not()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);

        var page = await browser.GetAsync("/admin/settings");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Identity:", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=", page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Identity:Keys:MasterKey", "abc", true)]
    [InlineData("Identity:ExternalProviders:x:ClientSecret", "abc", true)]
    [InlineData("ConnectionStrings:Identity", "Host=x", true)]
    [InlineData("Identity:Mail:Password", "abc", true)]
    [InlineData("Identity:Outbound:Proxy", "http://user:word@proxy.example", true)]
    [InlineData("Identity:Sessions:IdleLifetime", "01:00:00", false)]
    [InlineData("Identity:Issuer", "https://id.example", false)]
    public void A_setting_that_could_hold_a_secret_is_masked(string key, string value, bool masked) =>
        Assert.Equal(masked, SettingsReader.IsSecret(key, value));

    private Task AppendAsync(Guid userId, string type, string text, string? agent = null) =>
        fixture
            .Service<AuditLog>()
            .AppendAsync(
                new(
                    type,
                    AuditStatus.Success,
                    userId,
                    null,
                    agent,
                    new Dictionary<string, object?> { ["text"] = text }
                ),
                default
            );
}
