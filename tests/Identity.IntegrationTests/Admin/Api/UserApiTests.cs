using System.Net;
using Identity.Core.Administration;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>People by the API: what is written is what is read, nobody overwrites what they have not seen, nothing is
/// done twice, and nothing but what is asked for changes.</summary>
public sealed class UserApiTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_person_who_is_made_is_invited_and_can_be_read()
    {
        var robot = await fixture.AsAsync();
        var email = $"new-{Guid.NewGuid():N}@example.org";

        var made = await robot.PostAsync(
            "/users",
            new
            {
                email,
                given_name = "Grace",
                locale = "de",
            }
        );

        made.Must(HttpStatusCode.Created);
        var read = await robot.GetAsync($"/users/{made.Id}");
        Assert.Equal($"/api/v1/users/{made.Id}", made.Headers["Location"]);
        Assert.Equal((email, "Grace", "active"), (read["email"], read["given_name"], read["state"]));
        Assert.Equal(made.ETag, read.ETag);
        Assert.Equal(1, await fixture.AuditedAsync("user.create", made.Id));
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.mail_outbox WHERE user_id = @id AND kind = 'invitation'",
                ("id", made.Id)
            )
        );
    }

    [Fact]
    public async Task A_creation_that_is_sent_again_is_done_once()
    {
        var robot = await fixture.AsAsync();
        var body = new { email = $"once-{Guid.NewGuid():N}@example.org" };
        (string, string) key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var parallel = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => robot.PostAsync("/users", body, key)));
        var again = await robot.PostAsync("/users", body, key);
        var other = await robot.PostAsync("/users", new { email = "other@example.org" }, key);

        Assert.All(
            parallel,
            static one => Assert.Contains(one.Status, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict })
        );
        var first = parallel.First(static one => one.Status == HttpStatusCode.Created);
        Assert.Single(parallel, static one => one.Status == HttpStatusCode.Created && !IsReplay(one));
        again.Must(HttpStatusCode.Created);
        Assert.True(IsReplay(again));
        Assert.Equal((first.Text, first.ETag), (again.Text, again.ETag));
        other.Must(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(1, await fixture.AuditedAsync("user.create", again.Id));
    }

    [Fact]
    public async Task A_key_belongs_to_its_client_and_a_refused_creation_frees_it()
    {
        var robot = await fixture.AsAsync();
        (string, string) key = ("Idempotency-Key", "k1");
        var person = fixture.With(
            await fixture.PersonTokenAsync(await fixture.HolderAsync(AdminRole.Admin), "openid identity.users.write")
        );

        var refused = await robot.PostAsync("/users", new { email = "no address" }, key);
        var made = await robot.PostAsync("/users", new { email = $"a-{Guid.NewGuid():N}@example.org" }, key);
        var theirs = await person.PostAsync("/users", new { email = $"b-{Guid.NewGuid():N}@example.org" }, key);

        refused.Must(HttpStatusCode.BadRequest);
        Assert.Equal(["email"], refused.Fields);
        made.Must(HttpStatusCode.Created);
        theirs.Must(HttpStatusCode.Created);
        Assert.NotEqual(made.Id, theirs.Id);
    }

    [Fact]
    public async Task A_change_needs_the_version_that_was_read()
    {
        var robot = await fixture.AsAsync();
        var (id, _) = await fixture.UserAsync();
        var read = await robot.GetAsync($"/users/{id}");

        var blind = await robot.SendAsync("PATCH", $"/users/{id}", new { name = "Ada" });
        var changed = await ChangeAsync(robot, id, read.ETag!, new { name = "Ada King", locale = (string?)null });
        var stale = await ChangeAsync(robot, id, read.ETag!, new { name = "Ada Byron" });

        blind.Must((HttpStatusCode)428);
        changed.Must(HttpStatusCode.NoContent);
        stale.Must(HttpStatusCode.PreconditionFailed);
        var now = await robot.GetAsync($"/users/{id}");
        Assert.Equal(("Ada King", "Lovelace", null), (now["name"], now["family_name"], now["locale"]));
        Assert.Equal(changed.ETag, now.ETag);
    }

    [Fact]
    public async Task Of_two_changes_at_once_one_wins()
    {
        var robot = await fixture.AsAsync();
        var (id, _) = await fixture.UserAsync();
        var version = (await robot.GetAsync($"/users/{id}")).ETag!;

        var both = await Task.WhenAll(
            ChangeAsync(robot, id, version, new { name = "One" }),
            ChangeAsync(robot, id, version, new { name = "Two" })
        );

        Assert.Equal(
            [HttpStatusCode.NoContent, HttpStatusCode.PreconditionFailed],
            both.Select(static one => one.Status).Order()
        );
        Assert.Equal(1, await fixture.AuditedAsync("user.profile", id));
    }

    [Theory]
    [InlineData("""{"email":"x@example.org","is_admin":true}""", "is_admin")]
    [InlineData("""{"email":"x@example.org","Email":"y@example.org"}""", "Email")]
    [InlineData("""{"email":"x@example.org","email_verified":true,"password_hash":"x"}""", "email_verified")]
    [InlineData("""{"email":"x@example.org","id":"00000000-0000-0000-0000-000000000001"}""", "id")]
    [InlineData("""{"name":"Nobody"}""", "email")]
    [InlineData("""{"email":42}""", "email")]
    [InlineData("""{"email":"x@example.org","name":["a"]}""", "name")]
    public async Task Members_that_nobody_asked_for_are_refused_by_name(string body, string field)
    {
        var robot = await fixture.AsAsync();

        var answer = await robot.PostAsync("/users", body);

        answer.Must(HttpStatusCode.BadRequest);
        Assert.Equal(field, answer.Fields[0]);
    }

    [Theory]
    [InlineData("""{"email":"x@example.org","email":"y@example.org"}""")]
    [InlineData("""{"email":"x\u0000@example.org"}""")]
    [InlineData("""{"email":"\ud800@example.org"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("")]
    public async Task Hostile_json_is_refused(string body)
    {
        var robot = await fixture.AsAsync();

        (await robot.PostAsync("/users", body)).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_body_has_a_limit_and_a_list_too()
    {
        var robot = await fixture.AsAsync();

        var long_ = await robot.PostAsync("/users", $$"""{"email":"{{new string('a', 70_000)}}"}""");
        var list = await robot.GetAsync("/users?limit=100000");

        long_.Must(HttpStatusCode.RequestEntityTooLarge);
        list.Must(HttpStatusCode.OK);
        Assert.InRange(list.Json.GetProperty("items").GetArrayLength(), 1, 200);
    }

    [Fact]
    public async Task Pages_go_on_where_the_last_one_ended()
    {
        var robot = await fixture.AsAsync();
        var prefix = $"page{Guid.NewGuid():N}"[..14];
        for (var i = 0; i < 5; i++)
            (await robot.PostAsync("/users", new { email = $"{prefix}-{i}@example.org" })).Must(HttpStatusCode.Created);

        List<string> seen = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await robot.GetAsync($"/users?search={prefix}&limit=2&cursor={cursor}");
            seen.AddRange(
                page.Json.GetProperty("items")
                    .EnumerateArray()
                    .Select(static one => one.GetProperty("email").ToString())
            );
            cursor = page["next"];
        }

        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{prefix}-{i}@example.org"), seen);
    }

    [Fact]
    public async Task Support_does_not_act_on_administrators()
    {
        var support = await fixture.AsAsync(AdminRole.Support);
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        (string Method, string Path, object? Body)[] attempts =
        [
            ("POST", "lock", new { minutes = 5 }),
            ("POST", "deactivate", new { }),
            ("POST", "password-reset", null),
            ("POST", "factors/totp/remove", new { note = "asked by phone" }),
            ("DELETE", "sessions", null),
        ];

        foreach (var (method, path, body) in attempts)
        {
            var refused = await support.SendAsync(method, $"/users/{admin}/{path}", body);
            Assert.Equal((HttpStatusCode.Forbidden, "acts_on_administrator"), (refused.Status, refused.Code));
        }

        Assert.Equal(
            attempts.Length,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'admin_refused' AND details ->> 'path' LIKE @path",
                ("path", $"/api/v1/users/{admin}/%")
            )
        );
    }

    [Fact]
    public async Task A_session_of_somebody_else_is_not_found()
    {
        var robot = await fixture.AsAsync();
        var (one, _) = await fixture.UserAsync();
        var other = await fixture.HolderAsync(AdminRole.Auditor);
        await fixture.PersonTokenAsync(other);
        var session = (await robot.GetAsync($"/users/{other}/sessions")).Json[0].GetProperty("id").GetGuid();

        var foreign = await robot.SendAsync("DELETE", $"/users/{one}/sessions/{session}");
        var own = await robot.SendAsync("DELETE", $"/users/{other}/sessions/{session}");

        foreign.Must(HttpStatusCode.NotFound);
        own.Must(HttpStatusCode.NoContent);
    }

    private static Task<ApiResponse> ChangeAsync(ApiCaller caller, Guid id, string version, object change) =>
        caller.SendAsync("PATCH", $"/users/{id}", change, ("If-Match", version));

    private static bool IsReplay(ApiResponse answer) => answer.Headers.ContainsKey("Idempotency-Replayed");
}
