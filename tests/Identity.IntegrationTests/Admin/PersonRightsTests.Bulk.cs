using System.Net;
using Identity.Core.Administration;

namespace Identity.IntegrationTests.Admin;

/// <summary>The list of people as a form: for those that are ticked, or for all who match.</summary>
public sealed partial class PersonRightsTests
{
    [Fact]
    public async Task Those_who_are_ticked_are_signed_out_and_an_administrator_is_left_out()
    {
        var (one, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        var auditor = await fixture.HolderAsync(AdminRole.Auditor);
        using var theirs = await fixture.SignedInAsync(one);
        using var admins = await fixture.SignedInAsync(auditor);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var page = await support.GetAsync("/admin/people");

        var answer = await support.SubmitAsync(
            page,
            [("Bulk.Users", $"{one.Id}"), ("Bulk.Users", $"{other.Id}"), ("Bulk.Users", $"{auditor.Id}")],
            "handler=EndSessions"
        );

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("Done for 2 of 3 people.", answer.Text, StringComparison.Ordinal);
        Assert.Contains("Change administrators one at a time", answer.Text, StringComparison.Ordinal);
        Assert.Equal("/sign-in", (await theirs.GetAsync("/account")).Location?.Split('?')[0]);
        Assert.Equal(HttpStatusCode.OK, (await admins.GetAsync("/account")).Status);
        Assert.Contains("\"bulk\"", await fixture.AuditAsync(one.Id, "session_revoked"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_who_match_are_those_of_the_search_and_nobody_at_all_is_refused()
    {
        var (one, other) = (await fixture.UserAsync(), await fixture.UserAsync());
        using var admin = await fixture.OperatorAsync();
        var found = await admin.GetAsync($"/admin/people?q={Uri.EscapeDataString(one.Email)}");
        var everybody = await admin.GetAsync("/admin/people");

        var searched = await admin.SubmitAsync(found, [("Bulk.All", "true")], "handler=EndSessions");
        var unlimited = await admin.SubmitAsync(everybody, [("Bulk.All", "true")], "handler=EndSessions");
        var nobody = await admin.SubmitAsync(everybody, [], "handler=EndSessions");

        Assert.Contains("Done for 1 of 1 people.", searched.Text, StringComparison.Ordinal);
        Assert.Contains("Search first", unlimited.Text, StringComparison.Ordinal);
        Assert.Contains("Select 1 to 200 people", nobody.Text, StringComparison.Ordinal);
        Assert.NotNull(await fixture.AuditAsync(one.Id, "session_revoked"));
        Assert.Null(await fixture.AuditAsync(other.Id, "session_revoked"));
    }
}
