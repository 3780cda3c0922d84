using System.Net;
using Identity.Core.Administration;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>The everyday cases of whoever helps people: each takes at most three clicks from the list that shows the
/// person, is audited, and is told to the person.</summary>
public sealed class ConsoleJourneyTests(Journey journey) : IClassFixture<Journey>
{
    [Fact]
    public Task Somebody_locked_out_is_found_and_let_in_again() =>
        HelpAsync(
            AdminRole.Support,
            "UPDATE users SET operator_locked_until = now() + interval '1 hour' WHERE id = @id",
            page => ClickAsync(page, "Unlock"),
            "Account unlocked",
            "account_unlocked",
            "account_unlocked"
        );

    [Fact]
    public Task A_lost_phone_is_taken_off_with_a_note_of_who_asked() =>
        HelpAsync(
            AdminRole.Support,
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = @id",
            async page =>
            {
                await page.GetByText("Lost phone").ClickAsync();
                await page.GetByLabel("How did you recognise the person?").FillAsync("Recognised on a video call");
                await ClickAsync(page, "Remove authenticator app");
            },
            "Authenticator app removed",
            "2fa_disabled",
            "factor_removed"
        );

    [Fact]
    public Task A_stolen_laptop_is_signed_out_at_once() =>
        HelpAsync(
            AdminRole.Support,
            """
            INSERT INTO sessions (id, user_id, token_hash, expires_at)
            VALUES (gen_random_uuid(), @id, sha256(@id::text::bytea), now() + interval '1 hour')
            """,
            page => ClickAsync(page, "Sign out everywhere"),
            "Signed out",
            "session_revoked",
            "sessions_ended"
        );

    [Fact]
    public Task Whoever_left_the_company_is_deactivated() =>
        HelpAsync(
            AdminRole.Support,
            null,
            async page =>
            {
                await page.GetByText("Left the company").ClickAsync();
                await ClickAsync(page, "Deactivate account");
            },
            "Account deactivated",
            "account_disabled",
            "account_deactivated"
        );

    [Fact]
    public Task A_changed_address_is_set_and_told_to_both() =>
        HelpAsync(
            AdminRole.Admin,
            null,
            async page =>
            {
                await page.GetByRole(AriaRole.Link, new() { Name = "Profile and address" }).ClickAsync();
                await page.GetByLabel("New email address").FillAsync($"{Guid.NewGuid():N}@example.org");
                await ClickAsync(page, "Change address");
            },
            "Both addresses were notified",
            "email_changed",
            "email_change_notice"
        );

    [Fact]
    public Task A_copy_is_made_for_somebody_who_cannot_sign_in() =>
        HelpAsync(
            AdminRole.Admin,
            null,
            async page =>
            {
                var download = await page.RunAndWaitForDownloadAsync(() => ClickAsync(page, "Download copy"));
                Assert.EndsWith(".json", download.SuggestedFilename, StringComparison.Ordinal);
            },
            null,
            "data_exported",
            "data_copied"
        );

    [Fact]
    public Task An_erasure_is_confirmed_by_typing_the_address() =>
        HelpAsync(
            AdminRole.Admin,
            null,
            async page =>
            {
                var email = await page.Locator(".lead bdi").InnerTextAsync();
                await page.GetByText("Erase this person’s data").ClickAsync();
                await page.GetByLabel("Type the email address to confirm").FillAsync(email);
                await ClickAsync(page, "Erase permanently");
            },
            "The person’s data was erased",
            "account_deleted",
            null
        );

    [Fact]
    public Task Why_somebody_was_refused_last_week_stands_in_their_activity() =>
        journey.GoAsync(async page =>
        {
            var person = await journey.Provider.AddUserAsync();
            await journey.Database.ExecuteAsync(
                """
                INSERT INTO audit_logs (user_id, event_type, event_status, details, created_at)
                VALUES (@id, 'login_failed', 'failure', '{"reason": "account_locked"}', now() - interval '7 days')
                """,
                ("id", person.Id)
            );
            await FindAsync(page, await journey.Provider.AddOperatorAsync(AdminRole.Support), person);

            await page.GetByRole(AriaRole.Link, new() { Name = person.Email }).ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Activity" }).ClickAsync();

            var row = page.Locator("tr", new() { HasText = "login_failed" });
            await Assertions.Expect(row).ToContainTextAsync("account_locked");
            await HasClickedAtMostThreeTimesAsync(page);
        });

    [Fact]
    public Task Another_system_is_told_what_happens_and_its_answers_are_seen() =>
        journey.GoAsync(async page =>
        {
            using HttpListener receiver = new();
            var address = SampleProgram.FreeAddress();
            receiver.Prefixes.Add(address.AbsoluteUri);
            receiver.Start();
            var answering = AnswerAsync(receiver);
            await journey.SignInAtAccountAsync(page, (await journey.Provider.AddOperatorAsync(AdminRole.Admin)).Email);
            await page.GotoAsync(journey.At("/admin/webhooks"));

            await page.GetByRole(AriaRole.Link, new() { Name = "Add webhook" }).ClickAsync();
            await page.GetByLabel("Web address").FillAsync(new Uri(address, "hooks").AbsoluteUri);
            await page.GetByLabel("client.changed", new() { Exact = true }).CheckAsync();
            await ClickAsync(page, "Add webhook");
            await Assertions.Expect(page.Locator("code")).ToContainTextAsync("whsec_");
            await page.GetByRole(AriaRole.Link, new() { Name = "Continue to the webhook" }).ClickAsync();
            await ClickAsync(page, "Send test event");
            await Assertions.Expect(page.Locator(".done")).ToContainTextAsync("was accepted");
            await ClickAsync(page, "Pause webhook");
            await Assertions.Expect(page.Locator(".done")).ToContainTextAsync("is paused");
            await ClickAsync(page, "Remove webhook");

            await Assertions.Expect(page.Locator(".done")).ToContainTextAsync("The webhook was removed");
            receiver.Stop();
            Assert.Equal(1, await answering);
        });

    private static async Task<int> AnswerAsync(HttpListener receiver)
    {
        for (var answers = 0; ; answers++)
        {
            try
            {
                var context = await receiver.GetContextAsync();
                context.Response.StatusCode = 204;
                context.Response.Close();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return answers;
            }
        }
    }

    // Signs in, finds the person by the beginning of the address, and acts on their page.
    private Task HelpAsync(
        string role,
        string? arrange,
        Func<IPage, Task> act,
        string? told,
        string auditType,
        string? mailKind
    ) =>
        journey.GoAsync(
            async page =>
            {
                var operatorAccount = await journey.Provider.AddOperatorAsync(role);
                var person = await journey.Provider.AddUserAsync();
                if (arrange is not null)
                    await journey.Database.ExecuteAsync(arrange, ("id", person.Id));
                await FindAsync(page, operatorAccount, person);
                await page.GetByRole(AriaRole.Link, new() { Name = person.Email }).ClickAsync();

                await act(page);

                if (told is not null)
                    await Assertions.Expect(page.Locator(".done")).ToContainTextAsync(told);
                await HasClickedAtMostThreeTimesAsync(page);
                Assert.Equal(1L, await CountAsync(person, operatorAccount, auditType));
                if (mailKind is not null)
                    Assert.Equal(1L, await MailsAsync(person, mailKind));
            },
            name: $"{nameof(ConsoleJourneyTests)}.{auditType}"
        );

    // Clicks are counted from the list with the person in it.
    private async Task FindAsync(IPage page, UserAccount operatorAccount, UserAccount person)
    {
        await page.AddInitScriptAsync(
            "addEventListener('click', () => "
                + "sessionStorage.setItem('clicks', +sessionStorage.getItem('clicks') + 1), true)"
        );
        await journey.SignInAtAccountAsync(page, operatorAccount.Email);
        await page.GetByRole(AriaRole.Link, new() { Name = "Administration" }).ClickAsync();
        await page.GotoAsync(journey.At("/admin/people"));
        await page.GetByLabel("Email, name or ID").FillAsync(person.Email[..20]);
        await ClickAsync(page, "Search");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = person.Email })).ToBeVisibleAsync();
        await page.EvaluateAsync("() => sessionStorage.removeItem('clicks')");
    }

    private static async Task HasClickedAtMostThreeTimesAsync(IPage page) =>
        Assert.InRange(await page.EvaluateAsync<int>("() => +sessionStorage.getItem('clicks')"), 1, 3);

    private static Task ClickAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private Task<long> CountAsync(UserAccount person, UserAccount actor, string type) =>
        journey.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = @type "
                + "AND details ->> 'actor' = @actor",
            ("id", person.Id),
            ("type", type),
            ("actor", actor.Id.ToString())
        );

    private Task<long> MailsAsync(UserAccount person, string kind) =>
        journey.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = @kind",
            ("id", person.Id),
            ("kind", kind)
        );
}
