using System.Net;
using Identity.Core.Administration;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Roles, groups and attributes by the API, and ways to more rights than one has.</summary>
public sealed class RightApiTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_role_is_made_granted_changed_withdrawn_and_deleted()
    {
        var robot = await fixture.AsAsync();
        var (user, email) = await fixture.UserAsync();
        var made = await robot.PostAsync("/roles", new { name = NewName(), description = "Changes articles" });
        made.Must(HttpStatusCode.Created);

        (await robot.SendAsync("PUT", $"/users/{user}/roles/{made.Id}")).Must(HttpStatusCode.NoContent);
        var held = await robot.GetAsync($"/users/{user}/roles");
        var holders = await robot.GetAsync($"/roles/{made.Id}/holders");
        var both = await Task.WhenAll(
            robot.SendAsync("PUT", $"/roles/{made.Id}", new { name = NewName() }, ("If-Match", made.ETag!)),
            robot.SendAsync("PUT", $"/roles/{made.Id}", new { name = NewName() }, ("If-Match", made.ETag!))
        );

        Assert.Equal(made.Id, held.Json[0].GetProperty("role").GetProperty("id").GetGuid());
        Assert.Contains(email, holders.Text, StringComparison.Ordinal);
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.PreconditionFailed],
            both.Select(static one => one.Status).Order()
        );
        (await robot.SendAsync("DELETE", $"/users/{user}/roles/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await robot.SendAsync("DELETE", $"/roles/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await robot.GetAsync($"/roles/{made.Id}")).Must(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_group_carries_roles_to_its_members()
    {
        var robot = await fixture.AsAsync();
        var (user, _) = await fixture.UserAsync();
        var role = await robot.PostAsync("/roles", new { name = NewName() });
        var group = await robot.PostAsync("/groups", new { name = NewName() });

        (await robot.SendAsync("PUT", $"/groups/{group.Id}/roles/{role.Id}")).Must(HttpStatusCode.NoContent);
        (await robot.SendAsync("PUT", $"/groups/{group.Id}/members/{user}")).Must(HttpStatusCode.NoContent);

        var held = await robot.GetAsync($"/users/{user}/roles");
        Assert.Equal(group["name"], held.Json[0].GetProperty("group").GetString());
        Assert.Equal(group.Id, (await robot.GetAsync($"/users/{user}/groups")).Json[0].GetProperty("id").GetGuid());
        Assert.Equal(role.Id, (await robot.GetAsync($"/groups/{group.Id}/roles")).Json[0].GetProperty("id").GetGuid());
        (await robot.SendAsync("DELETE", $"/groups/{group.Id}/members/{user}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(0, (await robot.GetAsync($"/users/{user}/roles")).Json.GetArrayLength());
        (await robot.SendAsync("PUT", $"/groups/{group.Id}", new { name = NewName() }, ("If-Match", "\"99\""))).Must(
            HttpStatusCode.PreconditionFailed
        );
        (await robot.SendAsync("DELETE", $"/groups/{group.Id}")).Must(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task An_attribute_is_defined_set_mapped_and_removed()
    {
        var robot = await fixture.AsAsync();
        var (user, _) = await fixture.UserAsync();
        var name = $"a{Guid.NewGuid():N}";
        var definition = new
        {
            type = "integer",
            visible_to = "administrator",
            editable_by = "administrator",
        };

        var blind = await robot.SendAsync("PUT", $"/attributes/{name}", definition);
        var defined = await robot.SendAsync("PUT", $"/attributes/{name}", definition, ("If-None-Match", "*"));
        var twice = await robot.SendAsync("PUT", $"/attributes/{name}", definition, ("If-None-Match", "*"));
        var wrong = await robot.SendAsync("PUT", $"/users/{user}/attributes/{name}", new { value = "text" });
        var set = await robot.SendAsync("PUT", $"/users/{user}/attributes/{name}", new { value = 42 });
        var mapped = await robot.SendAsync(
            "PUT",
            "/claim-mappings",
            new
            {
                claim = name,
                scope = "profile",
                source = "attribute",
                source_name = name,
                @in = new[] { "id_token" },
            },
            ("If-None-Match", "*")
        );

        blind.Must((HttpStatusCode)428);
        defined.Must(HttpStatusCode.OK);
        twice.Must(HttpStatusCode.PreconditionFailed);
        Assert.Equal(["value"], wrong.Must(HttpStatusCode.BadRequest).Fields);
        set.Must(HttpStatusCode.NoContent);
        mapped.Must(HttpStatusCode.OK);
        Assert.Contains(
            "\"value\":42",
            (await robot.GetAsync($"/users/{user}/attributes")).Text,
            StringComparison.Ordinal
        );
        (await robot.SendAsync("DELETE", $"/claim-mappings/{mapped.Id}")).Must(HttpStatusCode.NoContent);
        (await robot.SendAsync("DELETE", $"/attributes/{name}")).Must(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Nobody_grants_what_their_token_does_not_carry()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var (user, _) = await fixture.UserAsync();
        var narrow = fixture.With(
            await fixture.PersonTokenAsync(
                admin,
                "openid identity.roles.read identity.roles.write identity.roles.grant"
            )
        );
        var roles = (await narrow.GetAsync("/roles")).Json.GetProperty("items").EnumerateArray().ToArray();
        var root = roles.Single(static role => role.GetProperty("name").GetString() == AdminRole.Admin);

        var granted = await narrow.SendAsync("PUT", $"/users/{user}/roles/{root.GetProperty("id").GetGuid()}");
        var made = await narrow.PostAsync("/roles", new { name = NewName(), permissions = new[] { "users.erase" } });
        var self = await narrow.SendAsync("PUT", $"/users/{admin}/roles/{root.GetProperty("id").GetGuid()}");
        var builtIn = await narrow.SendAsync("DELETE", $"/roles/{root.GetProperty("id").GetGuid()}");

        Assert.Equal((HttpStatusCode.Forbidden, "not_held"), (granted.Status, granted.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "not_held"), (made.Status, made.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "own_roles"), (self.Status, self.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "built_in"), (builtIn.Status, builtIn.Code));
    }

    [Fact]
    public async Task Operations_are_read_and_done()
    {
        var robot = await fixture.AsAsync();

        var keys = await robot.GetAsync("/keys");
        var rotated = await robot.PostAsync("/keys", new { algorithm = "ES256" });
        var unknown = await robot.PostAsync("/keys", new { algorithm = "none" });
        var retired = await robot.SendAsync("DELETE", $"/keys/{rotated.Json[0].GetProperty("kid").GetString()}");
        var mail = await robot.GetAsync("/mail?limit=1");
        var retry = await robot.PostAsync("/mail/retry");
        var test = await robot.PostAsync("/mail/test", new { });
        var deliveries = await robot.GetAsync("/logout-deliveries");

        Assert.Contains("\"algorithm\":\"ES256\"", keys.Must(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"d\"", keys.Text, StringComparison.Ordinal);
        rotated.Must(HttpStatusCode.OK);
        Assert.Equal(["algorithm"], unknown.Must(HttpStatusCode.BadRequest).Fields);
        retired.Must(HttpStatusCode.OK);
        mail.Must(HttpStatusCode.OK);
        retry.Must(HttpStatusCode.OK);
        Assert.Contains(test.Must(HttpStatusCode.OK)["result"], new[] { "not_set", "fails", "works" });
        deliveries.Must(HttpStatusCode.OK);
        (await robot.PostAsync($"/logout-deliveries/{Guid.NewGuid()}/retry")).Must(HttpStatusCode.NotFound);
    }

    private static string NewName() => $"r{Guid.NewGuid():N}";
}
