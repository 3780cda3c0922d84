using System.Net;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>What support does for a person in the console: each has its audit row, and the person is told.</summary>
public sealed class PersonHelpTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task Somebody_locked_out_is_unlocked_and_told()
    {
        var person = await fixture.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET operator_locked_until = now() + interval '1 hour' WHERE id = @id",
            ("id", person.Id)
        );
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var done = await ActAsync(support, person, "Unlock");

        Assert.Contains("Account unlocked", done.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("handler=Unlock", done.Html, StringComparison.Ordinal);
        Assert.Equal("user.unlock", await ActionAsync(person, "account_unlocked"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "account_unlocked"));
    }

    [Fact]
    public async Task A_lock_keeps_the_person_out_says_why_and_until_when()
    {
        var person = await fixture.UserAsync();
        using var theirs = await fixture.SignedInAsync(person);
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var done = await ActAsync(support, person, "Lock", ("Lock.Minutes", "1440"), ("Lock.Note", "Strange sign-ins"));

        Assert.Contains("Locked by an administrator until", done.Text, StringComparison.Ordinal);
        Assert.Contains("Strange sign-ins", done.Text, StringComparison.Ordinal);
        Assert.Equal("user.lock", await ActionAsync(person, "account_locked"));
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_phone_needs_a_note_and_the_person_is_told()
    {
        var person = await fixture.UserAsync();
        await fixture.Database.ExecuteAsync(
            "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = @id",
            ("id", person.Id)
        );
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var without = await ActAsync(support, person, "RemoveFactor", ("Factor.Note", " "));
        var before = await HasFactorAsync(person);
        var done = await ActAsync(support, person, "RemoveFactor", ("Factor.Note", "Recognised on a call"));

        Assert.Contains("Enter a reason of at most", without.Text, StringComparison.Ordinal);
        Assert.True(before);
        Assert.Contains("Authenticator app removed", done.Text, StringComparison.Ordinal);
        Assert.False(await HasFactorAsync(person));
        Assert.Contains(
            "Recognised on a call",
            await fixture.AuditAsync(person.Id, "2fa_disabled"),
            StringComparison.Ordinal
        );
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "factor_removed"));
    }

    [Fact]
    public async Task A_stolen_laptop_is_signed_out_everywhere()
    {
        var person = await fixture.UserAsync();
        using var theirs = await fixture.SignedInAsync(person);
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var done = await ActAsync(support, person, "EndSessions");

        Assert.Contains("Not signed in anywhere", done.Text, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
        Assert.Equal("session.end-all", await ActionAsync(person, "session_revoked"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "sessions_ended"));
    }

    [Fact]
    public async Task An_account_that_was_taken_over_is_secured_and_the_person_is_told()
    {
        var person = await fixture.UserAsync();
        using var theirs = await fixture.SignedInAsync(person);
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var done = await ActAsync(support, person, "Secure");

        Assert.Contains("Account secured", done.Text, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
        Assert.Equal("user.secure", await ActionAsync(person, "account_secured"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "account_secured"));
        Assert.True(
            await fixture.Database.ScalarAsync<bool>(
                "SELECT password_hash IS NULL FROM users WHERE id = @id",
                ("id", person.Id)
            )
        );
    }

    [Fact]
    public async Task One_session_is_ended_and_a_session_of_somebody_else_is_not()
    {
        var (person, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var theirs = await fixture.SignedInAsync(person);
        using var others = await fixture.SignedInAsync(other);
        var foreign = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM sessions WHERE user_id = @id",
            ("id", other.Id)
        );
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var refused = await ActAsync(support, person, "EndSession", ("session", foreign.ToString()));
        await ActAsync(support, person, "EndSession");

        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await others.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task Whoever_leaves_on_a_day_is_deactivated_on_it_and_not_before()
    {
        var person = await fixture.UserAsync();
        using var theirs = await fixture.SignedInAsync(person);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var schedule = fixture.Service<DeactivationSchedule>();

        var planned = await ActAsync(support, person, "Deactivate", ("Deactivation.From", "2099-01-31"));
        await schedule.RunDueAsync(default);
        var meanwhile = await theirs.GetAsync("/account");
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.scheduled_deactivations SET deactivate_at = now() WHERE user_id = @id",
            ("id", person.Id)
        );
        var runs = await Task.WhenAll(schedule.RunDueAsync(default), schedule.RunDueAsync(default));

        Assert.Contains("will be deactivated on 31 January 2099", planned.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, meanwhile.Status);
        Assert.Equal(1, runs.Sum());
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "account_deactivated"));
    }

    [Fact]
    public async Task An_account_is_deactivated_at_once_and_reactivated()
    {
        var person = await fixture.UserAsync();
        using var support = await fixture.OperatorAsync(AdminRole.Support);

        var off = await ActAsync(support, person, "Deactivate", ("Deactivation.Note", "Left"));
        var noDay = await ActAsync(support, await fixture.UserAsync(), "Deactivate", ("Deactivation.From", "soon"));
        var on = await ActAsync(support, person, "Reactivate");

        Assert.Contains("Account deactivated", off.Text, StringComparison.Ordinal);
        Assert.Contains("Enter a valid date", noDay.Text, StringComparison.Ordinal);
        Assert.Contains("Account reactivated", on.Text, StringComparison.Ordinal);
        Assert.Equal("user.deactivate", await ActionAsync(person, "account_disabled"));
        Assert.Equal("user.reactivate", await ActionAsync(person, "account_enabled"));
    }

    [Fact]
    public async Task A_changed_address_is_not_confirmed_ends_sessions_and_is_told_to_both_addresses()
    {
        var (person, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var theirs = await fixture.SignedInAsync(person);
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync($"/admin/people/{person.Id}/profile");
        var next = $"new-{Guid.NewGuid():N}@example.org";

        var taken = await admin.SubmitAsync(page, [("Address.Email", other.Email)], "handler=Email");
        var done = await admin.FollowAsync(await admin.SubmitAsync(page, [("Address.Email", next)], "handler=Email"));

        Assert.Contains("no other account uses", taken.Text, StringComparison.Ordinal);
        Assert.Contains("Both addresses were notified", done.Text, StringComparison.Ordinal);
        Assert.Contains("Not confirmed", done.Text, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await theirs.GetAsync("/account")).Location, StringComparison.Ordinal);
        Assert.Equal("user.email", await ActionAsync(person, "email_changed"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "email_change_notice"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "verify_email"));
    }

    [Fact]
    public async Task A_copy_is_downloaded_without_a_secret_and_the_person_is_told()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync($"/admin/people/{person.Id}");

        var copy = await admin.SubmitAsync(page, [], "handler=Export");

        using var json = JsonDocument.Parse(copy.Html);
        Assert.Equal(person.Email, json.RootElement.GetProperty("account").GetProperty("email").GetString());
        Assert.DoesNotContain("$idp1", copy.Html, StringComparison.Ordinal);
        Assert.Equal("user.export", await ActionAsync(person, "data_exported"));
        Assert.Equal(1, await fixture.MailsAsync(person.Id, "data_copied"));
    }

    [Fact]
    public async Task An_erasure_wants_the_address_typed_and_leaves_nothing()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();

        var wrong = await ActAsync(admin, person, "Erase", ("Erasure.Confirmation", "somebody@example.org"));
        var done = await ActAsync(admin, person, "Erase", ("Erasure.Confirmation", person.Email.ToUpperInvariant()));
        var gone = await admin.GetAsync($"/admin/people/{person.Id}");

        Assert.Contains("Type the email address of this account", wrong.Text, StringComparison.Ordinal);
        Assert.Contains("The person’s data was erased", done.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, gone.Status);
        Assert.Equal("user.erase", await ActionAsync(person, "account_deleted"));
    }

    [Fact]
    public async Task A_person_is_added_and_invited_to_choose_a_password()
    {
        using var admin = await fixture.OperatorAsync();
        var email = $"invited-{Guid.NewGuid():N}@example.org";
        var form = await admin.GetAsync("/admin/people/new");

        var answer = await admin.SubmitAsync(form, [("Input.Email", email), ("Input.Name", "Grace Hopper")]);
        var page = await admin.FollowAsync(answer);
        var again = await admin.SubmitAsync(form, [("Input.Email", email)]);

        Assert.Contains("Invitation sent", page.Text, StringComparison.Ordinal);
        Assert.Contains("Grace Hopper", page.Text, StringComparison.Ordinal);
        Assert.Contains("no other account uses", again.Text, StringComparison.Ordinal);
        var id = Guid.Parse(answer.Location!.Split('/', '?')[3]);
        Assert.Equal(1, await fixture.MailsAsync(id, "invitation"));
    }

    [Fact]
    public async Task A_profile_that_changed_meanwhile_is_not_overwritten_by_one_of_two_at_once()
    {
        var person = await fixture.UserAsync();
        using var one = await fixture.OperatorAsync();
        using var two = await fixture.OperatorAsync();
        var path = $"/admin/people/{person.Id}/profile";
        var (first, second) = (await one.GetAsync(path), await two.GetAsync(path));

        var answers = await Task.WhenAll(
            one.SubmitAsync(first, [("Input.Name", "One")], "handler=Profile"),
            two.SubmitAsync(second, [("Input.Name", "Two")], "handler=Profile")
        );

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        var late = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Conflict);
        Assert.Contains("Someone else changed this", late.Text, StringComparison.Ordinal);
    }

    // The page of the person, one of its forms, and what the person sees then.
    private static async Task<VisitedPage> ActAsync(
        PageBrowser browser,
        UserAccount person,
        string handler,
        params (string Name, string Value)[] fields
    )
    {
        var page = await browser.GetAsync($"/admin/people/{person.Id}");
        return await browser.FollowAsync(await browser.SubmitAsync(page, fields, $"handler={handler}"));
    }

    private async Task<string?> ActionAsync(UserAccount person, string type)
    {
        var row = await fixture.Database.ScalarAsync<string?>(
            "SELECT details::text FROM audit_logs WHERE user_id = @id AND event_type = @type "
                + "AND details ? 'action' ORDER BY created_at DESC LIMIT 1",
            ("id", person.Id),
            ("type", type)
        );
        using var details = JsonDocument.Parse(row!);
        Assert.Equal("person", details.RootElement.GetProperty("by").GetString());
        return details.RootElement.GetProperty("action").GetString();
    }

    private Task<bool> HasFactorAsync(UserAccount person) =>
        fixture.Database.ScalarAsync<bool>("SELECT two_factor_enabled FROM users WHERE id = @id", ("id", person.Id));
}
