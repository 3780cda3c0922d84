using System.Net;
using Identity.Core.Administration;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Who may do what to whom, tried with forms that the page does not offer.</summary>
public sealed partial class PersonRightsTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private static readonly (string Handler, AdminAction Action)[] Handlers =
    [
        ("Lock", AdminActions.UserLock),
        ("Unlock", AdminActions.UserUnlock),
        ("Deactivate", AdminActions.UserDeactivate),
        ("Reactivate", AdminActions.UserReactivate),
        ("EndSession", AdminActions.SessionEnd),
        ("EndSessions", AdminActions.SessionEndAll),
        ("RevokeGrant", AdminActions.GrantRevoke),
        ("MakeToken", AdminActions.PersonalTokenCreate),
        ("RevokeToken", AdminActions.PersonalTokenRevoke),
        ("RemoveFactor", AdminActions.FactorRemove),
        ("RemovePasskey", AdminActions.PasskeyRemove),
        ("SendReset", AdminActions.ResetSend),
        ("Secure", AdminActions.UserSecure),
        ("SendVerification", AdminActions.VerificationSend),
        ("Export", AdminActions.UserExport),
        ("Erase", AdminActions.UserErase),
    ];

    [Theory]
    [InlineData(AdminRole.Admin)]
    [InlineData(AdminRole.Support)]
    [InlineData(AdminRole.Auditor)]
    public async Task A_handler_opens_to_its_permission_alone_and_a_refusal_is_audited(string role)
    {
        var permissions = AdminRole.PermissionsOf(role, []);
        var holder = await fixture.HolderAsync(role);
        using var browser = await fixture.SignedInAsync(holder);
        var token = Token(await browser.GetAsync("/admin"));

        foreach (var (handler, action) in Handlers)
        {
            var answer = await PostAsync(browser, await fixture.UserAsync(), handler, token);
            Assert.True(
                permissions.Contains(action.Permission) == (answer != HttpStatusCode.Forbidden),
                $"{role} {handler}: {answer}"
            );
        }

        var refused = Handlers.Count(entry => !permissions.Contains(entry.Action.Permission));
        Assert.Equal(refused, await RefusalsAsync(holder));
    }

    [Fact]
    public async Task Support_does_not_act_on_an_administrator()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using var theirs = await fixture.SignedInAsync(admin);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var page = await support.GetAsync($"/admin/people/{admin.Id}");

        foreach (var handler in (string[])["EndSessions", "SendReset", "Lock", "Deactivate"])
        {
            var answer = await support.SubmitAsync(page, [], $"handler={handler}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            Assert.Contains("This person is an administrator", answer.Text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await theirs.GetAsync("/account")).Status);
        Assert.Equal(0, await fixture.MailsAsync(admin.Id, "password_reset"));
    }

    [Fact]
    public async Task What_cannot_be_undone_waits_for_a_fresh_proof()
    {
        var person = await fixture.UserAsync();
        var holder = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(holder);
        var page = await browser.GetAsync($"/admin/people/{person.Id}");
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = auth_time - interval '6 minutes' WHERE user_id = @id",
            ("id", holder.Id)
        );

        var answer = await browser.SubmitAsync(page, [("Erasure.Confirmation", person.Email)], "handler=Erase");

        Assert.Equal(
            "/confirm-identity?returnUrl=" + Uri.EscapeDataString($"/admin/people/{person.Id}"),
            answer.Location
        );
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync($"/admin/people/{person.Id}")).Status);
    }

    [Fact]
    public async Task Fields_that_no_form_has_change_nothing()
    {
        var (person, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync($"/admin/people/{person.Id}/profile");

        await admin.SubmitAsync(
            page,
            [
                ("Input.Name", "Changed"),
                ("Input.EmailVerified", "false"),
                ("Input.Email", "mallory@example.org"),
                ("Account.IsDisabled", "true"),
                ("Operator.Id", other.Id.ToString()),
                ("id", other.Id.ToString()),
                ("Id", other.Id.ToString()),
            ],
            "handler=Profile"
        );

        Assert.Equal(
            $"Changed|{person.Email}|true|false",
            await fixture.Database.ScalarAsync<string>(
                "SELECT concat_ws('|', name, email, email_verified::text, is_disabled::text) FROM users WHERE id = @id",
                ("id", person.Id)
            )
        );
        Assert.Equal(
            "Grace",
            await fixture.Database.ScalarAsync<string>("SELECT name FROM users WHERE id = @id", ("id", other.Id))
        );
    }

    [Fact]
    public async Task A_form_without_its_token_does_nothing()
    {
        var person = await fixture.UserAsync();
        using var theirs = await fixture.SignedInAsync(person);
        using var admin = await fixture.OperatorAsync();

        var answer = await PostAsync(admin, person, "EndSessions", null);

        Assert.Equal(HttpStatusCode.BadRequest, answer);
        Assert.Equal(HttpStatusCode.OK, (await theirs.GetAsync("/account")).Status);
    }

    [Fact]
    public async Task Somebody_who_does_not_exist_is_not_found()
    {
        using var admin = await fixture.OperatorAsync();
        var nobody = Guid.NewGuid();

        foreach (var path in (string[])[$"{nobody}", $"{nobody}/profile", "1"])
            Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/admin/people/{path}")).Status);
    }

    private static string Token(VisitedPage page) =>
        page.Forms[0].Fields.Single(static field => field.Name == "__RequestVerificationToken").Value;

    private static async Task<HttpStatusCode> PostAsync(
        PageBrowser browser,
        UserAccount person,
        string handler,
        string? token
    )
    {
        Dictionary<string, string> fields = [];
        if (token is not null)
            fields["__RequestVerificationToken"] = token;
        using FormUrlEncodedContent form = new(fields);
        using var answer = await browser.Client.PostAsync(
            new Uri($"/admin/people/{person.Id}?handler={handler}", UriKind.Relative),
            form
        );
        return answer.StatusCode;
    }

    private Task<long> RefusalsAsync(UserAccount holder) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE user_id = @id AND event_type = 'admin_refused'",
            ("id", holder.Id)
        );
}
