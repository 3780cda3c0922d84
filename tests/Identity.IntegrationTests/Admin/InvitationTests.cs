using System.Net;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Mail;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Invitations to create an account: who may send them, what they carry, and that each works once.</summary>
public sealed partial class InvitationTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    private const string Password = "Correct-Horse-7-battery";

    [Fact]
    public async Task An_invited_person_creates_the_account_with_its_roles_and_groups_and_is_signed_in()
    {
        var (email, role, group) = (Address(), await RoleAsync(), await GroupAsync());
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync("/admin/invitations");

        var sent = await admin.FollowAsync(
            await SendAsync(
                admin,
                page,
                ("Input.Email", email),
                ("Input.Roles", $"{role}"),
                ("Input.Groups", $"{group}")
            )
        );
        var twice = await SendAsync(admin, page, ("Input.Email", email.ToUpperInvariant()));
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));
        var accepted = await browser.SubmitAsync(form, [("Input.Name", "Ada"), ("Input.NewPassword", Password)]);
        var account = await browser.GetAsync("/account");
        var left = await admin.GetAsync("/admin/invitations");

        Assert.Contains("Invitation sent", sent.Text, StringComparison.Ordinal);
        Assert.Contains(email, sent.Text, StringComparison.Ordinal);
        Assert.Contains("an open invitation with this email address", twice.Text, StringComparison.Ordinal);
        Assert.Equal("/account", accepted.Location);
        Assert.Equal(HttpStatusCode.OK, account.Status);
        Assert.DoesNotContain(email, left.Text, StringComparison.Ordinal);
        Assert.Equal((true, 1L, 1L), await HeldAsync(email, role, group));
    }

    [Fact]
    public async Task One_of_ten_parallel_presses_creates_the_account()
    {
        var email = await InviteAsync();
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => browser.SubmitAsync(form, [("Input.NewPassword", Password)]))
        );

        Assert.Single(answers, static answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.Equal(1L, await CountAsync("users", email));
    }

    [Fact]
    public async Task A_withdrawn_a_replaced_and_an_expired_link_create_nothing()
    {
        using var admin = await fixture.OperatorAsync();
        var (withdrawn, replaced, expired) = (await InviteAsync(), await InviteAsync(), await InviteAsync());
        string[] links = [await LinkAsync(withdrawn), await LinkAsync(replaced), await LinkAsync(expired)];

        await ActAsync(admin, withdrawn, "Withdraw");
        var again = await ActAsync(admin, replaced, "Resend");
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.invitations SET expires_at = now() WHERE email = @email",
            ("email", expired)
        );
        using var browser = new PageBrowser(fixture.Host);
        var pages = new List<VisitedPage>();
        foreach (var link in links)
            pages.Add(await browser.FollowAsync(await browser.GetAsync(link)));
        var newest = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(replaced)));
        var list = await admin.GetAsync("/admin/invitations");

        Assert.Contains("Invitation sent", again.Text, StringComparison.Ordinal);
        Assert.All(
            pages,
            static page => Assert.Contains("This invitation has expired", page.Text, StringComparison.Ordinal)
        );
        Assert.Contains(replaced, newest.Text, StringComparison.Ordinal);
        Assert.Contains("Expired", list.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opening_the_link_creates_nothing_and_a_weak_password_leaves_it_valid()
    {
        var email = await InviteAsync();
        using var browser = new PageBrowser(fixture.Host);

        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));
        var opened = await CountAsync("users", email);
        var weak = await browser.SubmitAsync(form, [("Input.NewPassword", "password")]);
        var done = await browser.SubmitAsync(weak, [("Input.NewPassword", Password)]);

        Assert.Equal(0L, opened);
        Assert.Equal(HttpStatusCode.OK, weak.Status);
        Assert.Equal(HttpStatusCode.SeeOther, done.Status);
    }

    [Fact]
    public async Task Who_signed_up_meanwhile_is_told_and_gains_nothing()
    {
        var email = await InviteAsync();
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));
        await fixture.Database.ExecuteAsync("INSERT INTO users (email) VALUES (@email)", ("email", email));

        var answer = await browser.SubmitAsync(form, [("Input.NewPassword", Password)]);

        Assert.Contains("You already have an account", answer.Text, StringComparison.Ordinal);
        Assert.Null(browser.Cookie("__Host-identity"));
        Assert.Equal(1L, await CountAsync("users", email));
    }

    [Fact]
    public async Task An_invitation_carries_no_administrative_role_and_no_group_that_gained_one()
    {
        var (email, group) = (Address(), await GroupAsync());
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync("/admin/invitations");
        var auditor = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM idp.roles WHERE name = @name",
            ("name", AdminRole.Auditor)
        );

        var refused = await SendAsync(admin, page, ("Input.Email", Address()), ("Input.Roles", $"{auditor}"));
        await SendAsync(admin, page, ("Input.Email", email), ("Input.Groups", $"{group}"));
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.group_roles (group_id, role_id) VALUES (@group, @role)",
            ("group", group),
            ("role", auditor)
        );
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.FollowAsync(await browser.GetAsync(await LinkAsync(email)));
        await browser.SubmitAsync(form, [("Input.NewPassword", Password)]);

        Assert.Contains("not administrative", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain($"value=\"{auditor}\"", page.Html, StringComparison.Ordinal);
        Assert.Equal((true, 0L, 0L), await HeldAsync(email, auditor, group));
    }

    [Fact]
    public async Task Support_sees_invitations_and_sends_none()
    {
        var email = await InviteAsync();
        using var admin = await fixture.OperatorAsync();
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var form = await admin.GetAsync("/admin/invitations");

        var list = await support.GetAsync("/admin/invitations");

        Assert.Contains(email, list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"Input.Email\"", list.Html, StringComparison.Ordinal);
        Assert.Contains("name=\"Input.Email\"", form.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_link_of_anybodys_making_opens_nothing(string? token)
    {
        using var browser = new PageBrowser(fixture.Host);

        var page = await browser.FollowAsync(
            await browser.GetAsync(token is null ? "/invitation" : $"/invitation?token={token}")
        );

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("This invitation has expired", page.Text, StringComparison.Ordinal);
    }

    private static string Address() => $"invited-{Guid.NewGuid():N}@example.org";

    private async Task<string> InviteAsync()
    {
        var email = Address();
        using var admin = await fixture.OperatorAsync();
        await SendAsync(admin, await admin.GetAsync("/admin/invitations"), ("Input.Email", email));
        return email;
    }

    private static Task<VisitedPage> SendAsync(
        PageBrowser admin,
        VisitedPage page,
        params (string Name, string Value)[] fields
    ) => admin.SubmitAsync(page, fields, "/admin/invitations");

    private async Task<VisitedPage> ActAsync(PageBrowser admin, string email, string handler)
    {
        var id = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM idp.invitations WHERE email = @email",
            ("email", email)
        );
        var page = await admin.GetAsync("/admin/invitations");
        return await admin.FollowAsync(await admin.SubmitAsync(page, [("id", $"{id}")], $"handler={handler}"));
    }

    private Task<Guid> RoleAsync() =>
        fixture.Database.ScalarAsync<Guid>(
            "INSERT INTO idp.roles (name) VALUES (@name) RETURNING id",
            ("name", $"editor-{Guid.NewGuid():N}")
        );

    private Task<Guid> GroupAsync() =>
        fixture.Database.ScalarAsync<Guid>(
            "INSERT INTO idp.groups (name) VALUES (@name) RETURNING id",
            ("name", $"Press {Guid.NewGuid():N}")
        );

    private async Task<(bool Verified, long Roles, long Groups)> HeldAsync(string email, Guid role, Guid group) =>
        (
            await fixture.Database.ScalarAsync<bool>(
                "SELECT email_verified FROM users WHERE email = @email",
                ("email", email)
            ),
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.user_roles h JOIN users u ON u.id = h.user_id "
                    + "WHERE u.email = @email AND h.role_id = @role",
                ("email", email),
                ("role", role)
            ),
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.user_groups m JOIN users u ON u.id = m.user_id "
                    + "WHERE u.email = @email AND m.group_id = @group",
                ("email", email),
                ("group", group)
            )
        );

    private Task<long> CountAsync(string table, string email) =>
        fixture.Database.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE email = @email", ("email", email));

    private async Task<string> LinkAsync(string email, string kind = "sign_up_invitation")
    {
        var mail = (await fixture.Service<MailboxReader>().ListAsync(200, default)).First(mail =>
            mail.Kind == kind && mail.Content.To == email
        );
        return new Uri(LinkPattern().Match(mail.Content.Text).Value).PathAndQuery;
    }

    [GeneratedRegex(@"http\S+\?token=\S+")]
    private static partial Regex LinkPattern();
}
