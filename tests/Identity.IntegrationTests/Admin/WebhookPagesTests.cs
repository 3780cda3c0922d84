using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.IntegrationTests.Webhooks;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Webhooks in the console: added, tested, paused, sent again, and removed.</summary>
public sealed partial class WebhookPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task A_webhook_is_added_tested_watched_paused_replayed_and_removed_and_the_log_says_by_whom()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(admin);

        var made = await AddAsync(browser, receiver, "user.locked");
        var (id, secret) = (IdOf(made), SecretOf(made));
        var page = await PageAsync(browser, id);
        var tested = await browser.SubmitAsync(page, [], $"handler=Test&id={id}");
        var person = await fixture.UserAsync();
        await LockAsync(browser, person.Id);
        var delivered = await UntilAsync(() => PageAsync(browser, id), "Delivered");
        var again = await browser.SubmitAsync(page, [("Input.From", "2020-01-01 00:00")], $"handler=Replay&id={id}");
        await UntilAsync(() => Task.FromResult(receiver.At("hook").Count(one => IsOf(one.Body, person.Id)) == 2));
        var paused = await browser.FollowAsync(await browser.SubmitAsync(page, [], $"handler=Pause&id={id}"));
        var resumed = await browser.SubmitAsync(paused, [], $"handler=Resume&id={id}");
        var rotated = await browser.SubmitAsync(page, [], $"handler=Rotate&id={id}");
        var removed = await browser.FollowAsync(await browser.SubmitAsync(page, [], $"handler=Remove&id={id}"));

        Assert.DoesNotContain(secret, page.Html, StringComparison.Ordinal);
        Assert.Equal($"/admin/webhooks/webhook?id={id}&done=TestWorked", tested.Location);
        Assert.Contains($"/admin/people/{person.Id}", delivered.Html, StringComparison.Ordinal);
        Assert.Equal($"/admin/webhooks/webhook?id={id}&done=Replayed", again.Location);
        Assert.Single(
            receiver.At("hook").Where(one => IsOf(one.Body, person.Id)).Select(static one => one.Id).Distinct()
        );
        Assert.Contains("The webhook is paused", paused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Replay", paused.Html, StringComparison.Ordinal);
        Assert.Equal($"/admin/webhooks/webhook?id={id}&done=Resumed", resumed.Location);
        Assert.NotEqual(secret, SecretOf(rotated));
        Assert.Contains("no-store", rotated.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.DoesNotContain(id, removed.Html, StringComparison.Ordinal);
        Assert.Equal(
            "webhook_added webhook_changed webhook_changed webhook_removed webhook_replayed webhook_secret_rotated "
                + "webhook_tested",
            await AuditAsync(admin.Id, id)
        );
    }

    [Fact]
    public async Task An_old_sign_in_is_asked_again_before_a_secret_is_shown()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(admin);
        var id = IdOf(await AddAsync(browser, receiver, "client.changed"));
        var page = await PageAsync(browser, id);
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = now() - interval '1 hour', step_up_at = NULL WHERE user_id = @id",
            ("id", admin.Id)
        );

        var rotated = await browser.SubmitAsync(page, [], $"handler=Rotate&id={id}");
        var added = await AddAsync(browser, receiver, "client.changed");

        Assert.StartsWith("/confirm-identity", rotated.Location, StringComparison.Ordinal);
        Assert.StartsWith("/confirm-identity", added.Location, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", rotated.Html + added.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_test_says_what_the_receiver_answered()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer("hook", static _ => 400);
        using var browser = await fixture.OperatorAsync();
        var id = IdOf(await AddAsync(browser, receiver, "client.changed"));

        var tested = await browser.SubmitAsync(await PageAsync(browser, id), [], $"handler=Test&id={id}");

        Assert.Contains("wasn’t accepted: 400", tested.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_address_gets_what_happens_from_then_on_and_a_wrong_one_changes_nothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(admin);
        var id = IdOf(await AddAsync(browser, receiver, "client.changed"));
        var form = await browser.GetAsync($"/admin/webhooks/edit?id={id}");
        (string, string)[] right =
        [
            ("Input.Url", new Uri(receiver.Address, "moved").AbsoluteUri),
            ("Input.EventTypes", "user.locked"),
        ];

        var wrong = await browser.SubmitAsync(form, [("Input.Url", "http://example.org/hook")], $"id={id}");
        var edited = await browser.FollowAsync(await browser.SubmitAsync(form, right, $"id={id}"));
        await LockAsync(browser, (await fixture.UserAsync()).Id);
        await UntilAsync(() => Task.FromResult(receiver.At("moved").Any(static one => IsLocked(one.Body))));

        Assert.Contains("value=\"client.changed\" checked=\"checked\"", form.Html, StringComparison.Ordinal);
        Assert.Contains("begins with https", wrong.Text, StringComparison.Ordinal);
        Assert.Contains("The webhook was changed", edited.Text, StringComparison.Ordinal);
        Assert.Empty(receiver.At("hook"));
        Assert.Equal("webhook_added webhook_changed", await AuditAsync(admin.Id, id));
    }

    [Theory]
    [InlineData("Input.Url", "http://example.org/hook", "begins with https")]
    [InlineData("Input.Description", "two\nlines", "on one line")]
    [InlineData("Input.EventTypes", "user.unheard_of", "from the list")]
    public async Task A_wrong_field_is_explained_and_nothing_is_added(string field, string value, string expected)
    {
        using var browser = await fixture.OperatorAsync();
        var form = await browser.GetAsync("/admin/webhooks/new");
        (string, string)[] right = [("Input.Url", "https://wrong.example/hook")];

        var page = await browser.SubmitAsync(form, [.. right.Where(one => one.Item1 != field), (field, value)]);

        Assert.Contains(expected, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "wrong.example",
            (await browser.GetAsync("/admin/webhooks")).Html,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_span_that_is_no_time_or_ends_before_it_begins_is_explained()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var browser = await fixture.OperatorAsync();
        var id = IdOf(await AddAsync(browser, receiver, "client.changed"));
        var page = await PageAsync(browser, id);

        var noTime = await browser.SubmitAsync(page, [("Input.From", "yesterday")], $"handler=Replay&id={id}");
        var backwards = await browser.SubmitAsync(
            page,
            [("Input.From", "2026-01-02"), ("Input.Until", "2026-01-01")],
            $"handler=Replay&id={id}"
        );

        Assert.Contains("Check its format", noTime.Text, StringComparison.Ordinal);
        Assert.Contains("Choose a start before the end", backwards.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_auditor_sees_webhooks_and_has_no_forms_and_support_sees_none()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var admin = await fixture.OperatorAsync();
        using var auditor = await fixture.OperatorAsync(AdminRole.Auditor);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var id = IdOf(await AddAsync(admin, receiver, "client.changed"));

        var seen = await PageAsync(auditor, id);
        var refused = await PageAsync(support, id);

        Assert.Contains("client.changed", seen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Remove", seen.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
    }

    private static async Task<VisitedPage> AddAsync(PageBrowser browser, WebhookReceiver receiver, string type) =>
        await browser.SubmitAsync(
            await browser.GetAsync("/admin/webhooks/new"),
            [("Input.Url", new Uri(receiver.Address, "hook").AbsoluteUri), ("Input.EventTypes", type)]
        );

    private static Task<VisitedPage> PageAsync(PageBrowser browser, string id) =>
        browser.GetAsync($"/admin/webhooks/webhook?id={id}");

    private static async Task LockAsync(PageBrowser browser, Guid person) =>
        await browser.SubmitAsync(
            await browser.GetAsync($"/admin/people/{person}"),
            [("Lock.Minutes", "60"), ("Lock.Note", "Reported as stolen")],
            "handler=Lock"
        );

    // A replay also sends what happened to other people.
    private static bool IsOf(string body, Guid person) =>
        IsLocked(body) && body.Contains(person.ToString(), StringComparison.Ordinal);

    private static bool IsLocked(string body) => body.Contains("\"user.locked\"", StringComparison.Ordinal);

    private static async Task<VisitedPage> UntilAsync(Func<Task<VisitedPage>> visit, string text)
    {
        VisitedPage page = null!;
        await UntilAsync(async () => (page = await visit()).Text.Contains(text, StringComparison.Ordinal));
        return page;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var round = 0; !await isSo(); round++)
        {
            Assert.True(round < 200, "It did not happen within ten seconds.");
            await Task.Delay(50);
        }
    }

    private Task<string?> AuditAsync(Guid actor, string webhook) =>
        fixture.Database.ScalarAsync<string>(
            "SELECT string_agg(event_type, ' ' ORDER BY event_type) FROM audit_logs "
                + "WHERE details ->> 'webhook' = @webhook AND details ->> 'actor' = @actor",
            ("webhook", webhook),
            ("actor", actor.ToString())
        );

    private static string IdOf(VisitedPage made) => LinkedId().Match(made.Html).Groups["id"].Value;

    private static string SecretOf(VisitedPage page) => Secret().Match(page.Text).Value;

    [GeneratedRegex("/admin/webhooks/webhook\\?id=(?<id>[0-9a-f-]{36})")]
    private static partial Regex LinkedId();

    [GeneratedRegex(@"whsec_[\w+/=]{44}")]
    private static partial Regex Secret();
}
