using System.Net;
using Identity.Core.Administration;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Bulk actions by the API: each person on their own, and no way to more power than one person at a time
/// gives.</summary>
public sealed partial class EverydayApiTests
{
    [Theory]
    [InlineData("lock", "user.lock", """, "minutes": 5, "note": "Asked for it" """)]
    [InlineData("unlock", "user.unlock", "")]
    [InlineData("end-sessions", "session.end-all", "")]
    [InlineData("require-password", "user.secure", "")]
    [InlineData("add-to-group", "group.add_member", """, "group": "{made}" """)]
    [InlineData("grant-role", "role.grant", """, "role": "{made}" """)]
    public async Task A_bulk_call_acts_on_each_person_and_tells_who_was_left_out(
        string verb,
        string action,
        string more
    )
    {
        var robot = await fixture.AsAsync();
        Guid[] people = [(await fixture.UserAsync()).Id, (await fixture.UserAsync()).Id];
        var admin = await fixture.HolderAsync(AdminRole.Auditor);
        var nobody = Guid.NewGuid();
        var made = await robot.PostAsync(
            verb == "add-to-group" ? "/groups" : "/roles",
            new { name = $"n{Guid.NewGuid():N}" }
        );
        var ids = string.Join("\", \"", [.. people, admin, nobody, people[0]]);

        var answer = await robot.PostAsync(
            $"/bulk/{verb}",
            $$"""{ "users": ["{{ids}}"]{{more.Replace("{made}", made.Id.ToString(), StringComparison.Ordinal)}} }"""
        );

        answer.Must(HttpStatusCode.OK);
        Assert.Equal(("2", "2"), (answer["done"], answer["failed"]));
        Assert.Equal(
            ["done", "done", "refused not_in_bulk", "not_found"],
            answer
                .Json.GetProperty("items")
                .EnumerateArray()
                .Select(static one =>
                    one.GetProperty("status").GetString()
                    + (one.TryGetProperty("code", out var code) ? $" {code.GetString()}" : "")
                )
        );
        foreach (var person in people)
            Assert.Equal(1, await BulkRowsAsync(answer["bulk"]!, action, person));
        Assert.Equal(0, await BulkRowsAsync(answer["bulk"]!, action, admin));
    }

    [Fact]
    public async Task A_filter_chooses_the_people_and_must_choose_some_but_not_too_many()
    {
        var robot = await fixture.AsAsync();
        var prefix = $"many{Guid.NewGuid():N}"[..12];
        await fixture.Database.ExecuteAsync(
            "INSERT INTO users (email) SELECT @prefix || n || '@example.org' FROM generate_series(1, 201) n",
            ("prefix", prefix)
        );

        var many = await LockAsync($$"""{ "search": "{{prefix}}" }""");
        var all = await LockAsync("{}");
        var none = await LockAsync("""{ "search": "nobody-is-called-so" }""");
        var few = await LockAsync($$"""{ "search": "{{prefix}}20" }""");
        var listed = await robot.PostAsync(
            "/bulk/lock",
            new { minutes = 5, users = Enumerable.Range(0, 201).Select(static _ => Guid.NewGuid()) }
        );

        Assert.All([many, all, none, listed], static answer => answer.Must(HttpStatusCode.BadRequest));
        Assert.Equal(["filter"], many.Fields);
        Assert.Equal(["users"], listed.Fields);
        // 20, 200 and 201.
        Assert.Equal("3", few.Must(HttpStatusCode.OK)["done"]);
        Assert.Equal(
            3L,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE operator_locked_until > now() AND email LIKE @prefix || '%'",
                ("prefix", prefix)
            )
        );

        Task<ApiResponse> LockAsync(string filter) =>
            robot.PostAsync("/bulk/lock", $$"""{ "minutes": 5, "filter": {{filter}} }""");
    }

    [Fact]
    public async Task A_bulk_call_makes_nobody_an_administrator()
    {
        var robot = await fixture.AsAsync();
        var (person, _) = await fixture.UserAsync();
        var role = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM idp.roles WHERE name = @name",
            ("name", AdminRole.Support)
        );
        var group = await robot.PostAsync("/groups", new { name = $"g{Guid.NewGuid():N}" });
        (await robot.SendAsync("PUT", $"/groups/{group.Id}/roles/{role}")).Must(HttpStatusCode.NoContent);

        var granted = await robot.PostAsync("/bulk/grant-role", new { users = new[] { person }, role });
        var joined = await robot.PostAsync("/bulk/add-to-group", new { users = new[] { person }, group = group.Id });

        Assert.Equal(("0", "0"), (granted.Must(HttpStatusCode.OK)["done"], joined.Must(HttpStatusCode.OK)["done"]));
        Assert.Equal(
            0L,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT (SELECT count(*) FROM idp.user_roles WHERE user_id = @id)
                    + (SELECT count(*) FROM idp.user_groups WHERE user_id = @id)
                """,
                ("id", person)
            )
        );
    }

    [Fact]
    public async Task A_bulk_call_needs_the_permission_of_its_action_and_a_fresh_proof_as_a_single_one()
    {
        var support = await fixture.AsAsync(AdminRole.Support);
        var (person, _) = await fixture.UserAsync();
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var late = fixture.With(await LaterAsync(await fixture.PersonTokenAsync(admin)));
        object users = new { users = new[] { person } };

        var granted = await support.PostAsync("/bulk/grant-role", new { users = new[] { person }, role = person });
        var unproved = await late.PostAsync("/bulk/require-password", users);
        var smuggled = await support.PostAsync("/bulk/unlock", new { users = new[] { person }, bulk = person });

        Assert.Equal("roles.grant", granted.Must(HttpStatusCode.Forbidden).Code);
        Assert.Equal("needs_proof", unproved.Must(HttpStatusCode.Unauthorized).Code);
        Assert.Equal(["bulk"], smuggled.Must(HttpStatusCode.BadRequest).Fields);
        Assert.Equal(0, await fixture.AuditedAsync("user.secure", person));
    }

    private Task<long> BulkRowsAsync(string bulk, string action, Guid person) =>
        fixture.Database.ScalarAsync<long>(
            """
            SELECT count(*) FROM audit_logs WHERE details ->> 'bulk' = @bulk AND details ->> 'action' = @action
                AND user_id = @person
            """,
            ("bulk", bulk),
            ("action", action),
            ("person", person)
        );
}
