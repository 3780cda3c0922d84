using System.Net;
using Identity.Core.Administration;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Apps and scopes by the API: made, changed, given secrets, removed, by the rules of the other
/// ways.</summary>
public sealed class AppApiTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task An_app_is_made_with_a_secret_that_is_shown_once()
    {
        var robot = await fixture.AsAsync();
        var id = NewId();

        var made = await robot.PostAsync(
            "/clients",
            new
            {
                client_id = id,
                name = "Shop",
                redirect_uris = new[] { "https://shop.example/signin-oidc" },
                scopes = new[] { "openid", "email" },
            }
        );

        made.Must(HttpStatusCode.Created);
        Assert.True(made["client_secret"]!.Length >= 32);
        var read = (await robot.GetAsync($"/clients/{id}")).Must(HttpStatusCode.OK);
        Assert.DoesNotContain(made["client_secret"]!, read.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256", read.Text, StringComparison.Ordinal);
        Assert.Equal("administration", read["source"]);
        Assert.Equal("openid", read.Json.GetProperty("definition").GetProperty("scopes")[0].GetString());
        var snippets = (await robot.GetAsync($"/clients/{id}/snippets")).Must(HttpStatusCode.OK);
        Assert.Contains(id, snippets.Json[0].GetProperty("text").GetString()!, StringComparison.Ordinal);
        (await robot.GetAsync($"/clients/{id}/holdings")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_creation_that_is_sent_again_shows_the_same_secret()
    {
        var robot = await fixture.AsAsync();
        var body = new { client_id = NewId(), profile = "service" };
        (string, string) key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var made = await robot.PostAsync("/clients", body, key);
        var again = await robot.PostAsync("/clients", body, key);

        made.Must(HttpStatusCode.Created);
        Assert.Equal(made["client_secret"], again["client_secret"]);
        // What is kept cannot be read in the database.
        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.idempotency_keys "
                    + "WHERE position(convert_to(@secret, 'UTF8') IN answer_protected) > 0",
                ("secret", made["client_secret"]!)
            )
        );
    }

    [Fact]
    public async Task A_definition_is_replaced_under_its_version()
    {
        var robot = await fixture.AsAsync();
        var id = await MakeAsync(robot);
        var version = (await robot.GetAsync($"/clients/{id}")).ETag!;
        object Body(string name) => new { name, redirect_uris = new[] { "https://app.example/cb" } };

        var blind = await robot.SendAsync("PUT", $"/clients/{id}", Body("None"));
        var both = await Task.WhenAll(
            robot.SendAsync("PUT", $"/clients/{id}", Body("One"), ("If-Match", version)),
            robot.SendAsync("PUT", $"/clients/{id}", Body("Two"), ("If-Match", version))
        );
        var secrets = await robot.SendAsync(
            "PUT",
            $"/clients/{id}",
            """{"secrets":[{"sha256":"x"}]}""",
            ("If-Match", (await robot.GetAsync($"/clients/{id}")).ETag!)
        );
        var gone = await robot.SendAsync("DELETE", $"/clients/{id}", null, ("If-Match", version));

        blind.Must((HttpStatusCode)428);
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.PreconditionFailed],
            both.Select(static one => one.Status).Order()
        );
        Assert.Equal(["secrets"], secrets.Must(HttpStatusCode.BadRequest).Fields);
        gone.Must(HttpStatusCode.PreconditionFailed);
        (await robot.SendAsync("DELETE", $"/clients/{id}")).Must(HttpStatusCode.NoContent);
        (await robot.GetAsync($"/clients/{id}")).Must(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Secrets_are_rotated_with_overlap_and_revoked()
    {
        var robot = await fixture.AsAsync();
        var id = await MakeAsync(robot);

        var rotated = await robot.PostAsync($"/clients/{id}/secrets", new { overlap_hours = 24 });
        var secrets = (await robot.GetAsync($"/clients/{id}")).Json.GetProperty("secrets");
        var old = secrets.EnumerateArray().First(static one => one.TryGetProperty("expires_at", out _));
        var revoked = await robot.SendAsync("DELETE", $"/clients/{id}/secrets/{old.GetProperty("id").GetString()}");

        rotated.Must(HttpStatusCode.Created);
        Assert.Equal(2, secrets.GetArrayLength());
        revoked.Must(HttpStatusCode.NoContent);
        Assert.Equal(1, (await robot.GetAsync($"/clients/{id}")).Json.GetProperty("secrets").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"client_id":"x","redirect_uris":["http://evil.example/cb"]}""", "redirect_uris")]
    [InlineData("""{"client_id":"x","redirect_uris":["https://a.example/*"],"scopes":["nothing"]}""", "scopes")]
    [InlineData("""{"client_id":"x","secret":"abc"}""", "secret")]
    [InlineData("""{"client_id":"x","is_self_registered":true}""", "is_self_registered")]
    [InlineData("""{"client_id":"x","profile":"Root"}""", "profile")]
    [InlineData("""{"name":"Nobody"}""", "client_id")]
    public async Task A_definition_is_judged_as_everywhere(string body, string field)
    {
        var robot = await fixture.AsAsync();

        var answer = await robot.PostAsync("/clients", body);

        answer.Must(HttpStatusCode.BadRequest);
        Assert.Contains(field, answer.Fields);
    }

    [Fact]
    public async Task Nobody_makes_an_app_that_may_more_than_they()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        var narrow = fixture.With(
            await fixture.PersonTokenAsync(admin, "openid identity.clients.write identity.clients.secrets")
        );
        var body = new
        {
            client_id = NewId(),
            profile = "service",
            scopes = new[] { "identity.users.erase" },
        };

        var refused = await narrow.PostAsync("/clients", body);
        var allowed = await (await fixture.AsAsync()).PostAsync("/clients", body);
        var rotated = await narrow.PostAsync($"/clients/{body.client_id}/secrets", new { overlap_hours = 0 });

        Assert.Equal((HttpStatusCode.Forbidden, "not_held"), (refused.Status, refused.Code));
        allowed.Must(HttpStatusCode.Created);
        Assert.Equal((HttpStatusCode.Forbidden, "not_held"), (rotated.Status, rotated.Code));
    }

    [Fact]
    public async Task An_app_of_the_configuration_is_read_and_not_changed()
    {
        var robot = await fixture.AsAsync();

        var read = await robot.GetAsync("/clients/web");
        var changed = await robot.SendAsync("PUT", "/clients/web", new { name = "Mine" }, ("If-Match", "\"1\""));

        read.Must(HttpStatusCode.OK);
        Assert.Equal("configuration", read["source"]);
        Assert.Equal((HttpStatusCode.Forbidden, "built_in"), (changed.Status, changed.Code));
    }

    [Fact]
    public async Task A_scope_lives_from_its_making_to_its_removal()
    {
        var robot = await fixture.AsAsync();
        var name = $"https://api.example/{Guid.NewGuid():N}";
        var path = $"/scopes/{Uri.EscapeDataString(name)}";

        var made = await robot.PostAsync("/scopes", new { name, display_name = "Read orders" });
        var read = await robot.GetAsync(path);
        var changed = await robot.SendAsync(
            "PUT",
            path,
            new { display_name = "Read all orders" },
            ("If-Match", read.ETag!)
        );
        var stale = await robot.SendAsync("PUT", path, new { display_name = "No" }, ("If-Match", read.ETag!));
        var removed = await robot.SendAsync("DELETE", path);

        made.Must(HttpStatusCode.Created);
        Assert.Equal(name, read.Must(HttpStatusCode.OK)["name"]);
        changed.Must(HttpStatusCode.NoContent);
        stale.Must(HttpStatusCode.PreconditionFailed);
        removed.Must(HttpStatusCode.NoContent);
        (await robot.GetAsync(path)).Must(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("identity.users.read")]
    [InlineData("openid")]
    public async Task Scopes_of_this_program_stay_as_they_are(string name)
    {
        var robot = await fixture.AsAsync();

        var made = await robot.PostAsync("/scopes", new { name, resources = new[] { "https://evil.example" } });
        var removed = await robot.SendAsync("DELETE", $"/scopes/{name}");

        Assert.Equal(["name"], made.Must(HttpStatusCode.BadRequest).Fields);
        removed.Must(HttpStatusCode.Forbidden);
    }

    private static async Task<string> MakeAsync(ApiCaller robot)
    {
        var id = NewId();
        (
            await robot.PostAsync(
                "/clients",
                new { client_id = id, redirect_uris = new[] { "https://app.example/cb" } }
            )
        ).Must(HttpStatusCode.Created);
        return id;
    }

    private static string NewId() => $"app-{Guid.NewGuid():N}";
}
