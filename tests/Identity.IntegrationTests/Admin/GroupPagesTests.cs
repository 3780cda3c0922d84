using System.Net;
using Identity.Core.Administration;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Groups and roles in the console.</summary>
public sealed class GroupPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task A_group_is_made_given_a_role_and_a_member_and_deleted()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var role = $"editor-{Guid.NewGuid():N}";
        await admin.SubmitAsync(await admin.GetAsync("/admin/roles"), [("Input.Name", role)]);
        var roleId = await RoleAsync(role);

        var created = await admin.SubmitAsync(await admin.GetAsync("/admin/groups"), [("Input.Name", $"Press {role}")]);
        var group = created.Location!;
        await ActAsync(admin, group, "Grant", ("role", roleId.ToString()));
        var page = await ActAsync(admin, group, "Add", ("Input.Email", person.Email));
        var detail = await admin.GetAsync($"/admin/people/{person.Id}");
        var deleted = await ActAsync(admin, group, "Delete");

        Assert.Contains("Member added", page.Text, StringComparison.Ordinal);
        Assert.Contains(role, detail.Text, StringComparison.Ordinal);
        Assert.Contains("through the group", detail.Text, StringComparison.Ordinal);
        Assert.Contains("Group deleted", deleted.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(group)).Status);
    }

    [Fact]
    public async Task A_role_is_granted_and_withdrawn_on_the_page_of_a_person()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var auditor = await RoleAsync(AdminRole.Auditor);
        var at = $"/admin/people/{person.Id}";

        var granted = await ActAsync(admin, at, "GrantRole", ("role", auditor.ToString()));
        using var theirs = await fixture.SignedInAsync(person);
        var open = await theirs.GetAsync("/admin");
        await ActAsync(admin, at, "WithdrawRole", ("role", auditor.ToString()));

        Assert.Contains("Role added", granted.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, open.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await theirs.GetAsync("/admin")).Status);
    }

    [Fact]
    public async Task Nobody_gives_themselves_an_administrative_role()
    {
        var holder = await fixture.HolderAsync(AdminRole.Admin);
        using var admin = await fixture.SignedInAsync(holder);
        var auditor = await RoleAsync(AdminRole.Auditor);

        var answer = await ActAsync(admin, $"/admin/people/{holder.Id}", "GrantRole", ("role", auditor.ToString()));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("your own administrative roles", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_member_and_a_name_that_is_taken_are_told_beside_the_field()
    {
        using var admin = await fixture.OperatorAsync();
        var name = $"Twice {Guid.NewGuid():N}";
        var list = await admin.GetAsync("/admin/groups");
        var group = (await admin.SubmitAsync(list, [("Input.Name", name)])).Location!;

        var again = await admin.SubmitAsync(list, [("Input.Name", name.ToUpperInvariant())]);
        var unknown = await ActAsync(admin, group, "Add", ("Input.Email", "nobody@nowhere.example"));

        Assert.Contains("aria-invalid", again.Html, StringComparison.Ordinal);
        Assert.Contains("Nobody has an account with this address", unknown.Text, StringComparison.Ordinal);
    }

    private static async Task<VisitedPage> ActAsync(
        PageBrowser browser,
        string path,
        string handler,
        params (string Name, string Value)[] fields
    ) =>
        await browser.FollowAsync(
            await browser.SubmitAsync(await browser.GetAsync(path), fields, $"handler={handler}")
        );

    private Task<Guid> RoleAsync(string name) =>
        fixture.Database.ScalarAsync<Guid>("SELECT id FROM idp.roles WHERE name = @name", ("name", name));
}
