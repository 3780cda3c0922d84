using System.Net;
using Identity.Core.Administration;
using Identity.Core.Profile;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>Attributes of people and claim mappings in the console.</summary>
public sealed class AttributePagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task An_attribute_is_defined_set_on_a_person_mapped_to_a_claim_and_removed_with_every_value()
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();

        var defined = await DefineAsync(admin, "department", "en=Department\nde=Abteilung");
        var set = await SetAsync(admin, person, "department", "Research <i>");
        var mapped = await admin.SubmitAsync(
            await admin.GetAsync("/admin/claims"),
            [("Input.Claim", "dept"), ("Input.Scope", "profile"), ("Input.Source", "attribute:department")],
            "/admin/claims"
        );
        var shown = await admin.GetAsync($"/admin/people/{person.Id}");
        var german = await admin.GetAsync("/admin/attributes", "de");
        var mapping = (await MappingsAsync()).Single(static one => one.Claim == "dept");
        var removed = await admin.SubmitAsync(
            await admin.GetAsync("/admin/attributes/edit?name=department"),
            [],
            "handler=Remove&name=department"
        );

        Assert.Equal("/admin/attributes?done=defined", defined.Location);
        Assert.Contains("Attribute saved", (await admin.FollowAsync(set)).Text, StringComparison.Ordinal);
        Assert.Equal("/admin/claims?done=mapped", mapped.Location);
        Assert.Equal(("attribute", "department", true), (mapping.Source, mapping.SourceName, mapping.InIdToken));
        Assert.Contains("Research &lt;i&gt;", shown.Html, StringComparison.Ordinal);
        Assert.Contains("Abteilung", german.Text, StringComparison.Ordinal);
        Assert.Equal("/admin/attributes?done=removed", removed.Location);
        Assert.Equal(0, await ValuesAsync("department"));
        Assert.Contains(
            "attribute.set",
            await fixture.AuditAsync(person.Id, "attribute_changed"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "Research",
            await fixture.AuditAsync(person.Id, "attribute_changed"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("integer", "many", "7")]
    [InlineData("date", "31.01.2026", "2026-01-31")]
    [InlineData("boolean", "perhaps", "true")]
    public async Task A_value_has_the_type_of_its_attribute_and_a_wrong_one_is_told_beside_the_field(
        string type,
        string wrong,
        string right
    )
    {
        var person = await fixture.UserAsync();
        using var admin = await fixture.OperatorAsync();
        var name = $"typed_{type}";
        await DefineAsync(admin, name, "", type);

        var refused = await SetAsync(admin, person, name, wrong);
        var taken = await SetAsync(admin, person, name, right);
        var stored = await ValuesAsync(name);
        await SetAsync(admin, person, name, "");

        Assert.Contains("id=\"Attribute_Value-error\"", refused.Html, StringComparison.Ordinal);
        Assert.Contains("Enter a value of the right type", refused.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, taken.Status);
        Assert.Equal((1, 0), (stored, await ValuesAsync(name)));
    }

    [Fact]
    public async Task A_definition_and_a_mapping_that_changed_meanwhile_are_not_overwritten()
    {
        using var admin = await fixture.OperatorAsync();
        await DefineAsync(admin, "shared", "");
        await MapAsync(admin, "shared_claim");
        var id = (await MappingsAsync()).Single(static one => one.Claim == "shared_claim").Id;

        (string, string)[] choices =
        [
            ("Input.VisibleTo", "administrator"),
            ("Input.EditableBy", "nobody"),
            ("Input.Source", "groups"),
        ];
        foreach (var path in (string[])["/admin/attributes/edit?name=shared", $"/admin/claims/edit?id={id}"])
        {
            var (first, second) = (await admin.GetAsync(path), await admin.GetAsync(path));
            var saved = await admin.SubmitAsync(first, choices);
            var stale = await admin.SubmitAsync(second, choices);

            Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
            Assert.Equal(HttpStatusCode.Conflict, stale.Status);
        }
        var again = await DefineAsync(admin, "shared", "");
        var twice = await MapAsync(admin, "shared_claim");

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (again.Status, twice.Status));
    }

    [Fact]
    public async Task A_mapping_is_edited_and_removed_and_keeps_its_claim_whatever_is_sent()
    {
        using var admin = await fixture.OperatorAsync();
        await MapAsync(admin, "tier");
        var before = (await MappingsAsync()).Single(static one => one.Claim == "tier");

        var edited = await admin.SubmitAsync(
            await admin.GetAsync($"/admin/claims/edit?id={before.Id}"),
            [
                ("Input.Source", "constant"),
                ("Input.Constant", "\"gold\""),
                ("Input.UserInfo", "true"),
                ("Input.Claim", "sub"),
                ("Input.Scope", "openid"),
            ]
        );
        var after = (await MappingsAsync()).Single(static one => one.Claim == "tier");
        var list = await admin.GetAsync("/admin/claims");
        var removed = await admin.SubmitAsync(list, [("mapping", before.Id.ToString())], "handler=Remove");

        Assert.Equal("/admin/claims?done=changedMapping", edited.Location);
        Assert.Equal(("\"gold\"", "profile", true), (after.Constant?.GetRawText(), after.Scope, after.InUserInfo));
        Assert.Equal("/admin/claims?done=unmapped", removed.Location);
        Assert.DoesNotContain(await MappingsAsync(), static one => one.Claim == "tier");
    }

    [Theory]
    [InlineData("Input.Claim", "sub", "Input_Claim-error")]
    [InlineData("Input.Scope", "", "Input_Scope-error")]
    [InlineData("Input.Source", "constant", "valid JSON")]
    [InlineData("Input.IdToken", "false", "Choose at least one place")]
    public async Task A_mapping_that_cannot_be_is_told_beside_its_field(string field, string value, string told)
    {
        using var admin = await fixture.OperatorAsync();

        var answer = await MapAsync(admin, $"wrong_{field.Length}", (field, value));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains(told, answer.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Input.Name", "Department")]
    [InlineData("Input.Labels", "no language")]
    [InlineData("Input.EditableBy", "person")]
    public async Task An_attribute_that_cannot_be_is_told_in_the_form(string field, string value)
    {
        using var admin = await fixture.OperatorAsync();
        var page = await admin.GetAsync("/admin/attributes");

        var answer = await admin.SubmitAsync(page, [("Input.Name", "wrong"), (field, value)]);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("class=\"problems\"", answer.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("edit?name=wrong", answer.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_an_attribute_waits_for_a_fresh_proof()
    {
        var holder = await fixture.HolderAsync(AdminRole.Admin);
        using var admin = await fixture.SignedInAsync(holder);
        await DefineAsync(admin, "kept", "");
        var page = await admin.GetAsync("/admin/attributes/edit?name=kept");
        await fixture.Database.ExecuteAsync(
            "UPDATE sessions SET auth_time = auth_time - interval '6 minutes' WHERE user_id = @id",
            ("id", holder.Id)
        );

        var answer = await admin.SubmitAsync(page, [], "handler=Remove&name=kept");

        Assert.StartsWith("/confirm-identity", answer.Location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/admin/attributes/edit?name=kept")).Status);
    }

    private static async Task<VisitedPage> DefineAsync(
        PageBrowser browser,
        string name,
        string labels,
        string type = "text"
    ) =>
        await browser.SubmitAsync(
            await browser.GetAsync("/admin/attributes"),
            [
                ("Input.Name", name),
                ("Input.Type", type),
                ("Input.Labels", labels),
                ("Input.VisibleTo", "administrator"),
                ("Input.EditableBy", "administrator"),
            ]
        );

    private static async Task<VisitedPage> MapAsync(
        PageBrowser browser,
        string claim,
        params (string Name, string Value)[] other
    )
    {
        (string Name, string Value)[] form =
        [
            ("Input.Claim", claim),
            ("Input.Scope", "profile"),
            ("Input.Source", "roles"),
            ("Input.IdToken", "true"),
        ];
        return await browser.SubmitAsync(
            await browser.GetAsync("/admin/claims"),
            form.Where(field => other.All(mine => mine.Name != field.Name)).Concat(other),
            "/admin/claims"
        );
    }

    private static async Task<VisitedPage> SetAsync(PageBrowser browser, UserAccount person, string name, string value)
    {
        var page = await browser.GetAsync($"/admin/people/{person.Id}/profile");
        return await browser.SubmitAsync(
            page,
            [("Attribute.Name", name), ("Attribute.Value", value)],
            "handler=Attribute"
        );
    }

    private async Task<IReadOnlyList<ClaimMapping>> MappingsAsync() =>
        Assert
            .IsType<AdminOutcome<IReadOnlyList<ClaimMapping>>.Done>(
                await fixture
                    .Service<ClaimMappingStore>()
                    .ListAsync(fixture.Service<OperatorReader>().OfCommandLine(), default)
            )
            .Value;

    private Task<long> ValuesAsync(string name) =>
        fixture.Database.ScalarAsync<long>(
            "SELECT count(*) FROM idp.user_attributes WHERE name = @name",
            ("name", name)
        );
}
