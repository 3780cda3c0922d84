using System.Net;
using Identity.IntegrationTests.Webhooks;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>Webhooks by the API.</summary>
public sealed class WebhookApiTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_webhook_is_added_tested_listed_paused_rotated_replayed_and_removed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var robot = await fixture.AsAsync();
        var draft = new { url = new Uri(receiver.Address, "hook").AbsoluteUri, event_types = new[] { "user.locked" } };
        var (user, _) = await fixture.UserAsync();

        var known = await robot.GetAsync("/webhooks/events");
        var key = ("Idempotency-Key", Guid.NewGuid().ToString("N"));
        var made = await robot.SendAsync("POST", "/webhooks", draft, key);
        var repeated = await robot.SendAsync("POST", "/webhooks", draft, key);
        var path = $"/webhooks/{made.Id}";
        var tested = await robot.PostAsync($"{path}/test");
        for (var i = 0; i < 2; i++)
            await robot.PostAsync($"/users/{user}/lock", new { minutes = 5, note = "Asked for it" });
        var replayed = await robot.PostAsync($"{path}/replay", new { from = "2020-01-01T00:00:00Z" });
        var first = await robot.GetAsync($"{path}/deliveries?limit=1");
        var second = await robot.GetAsync($"{path}/deliveries?limit=1&cursor={first["next"]}");
        var edited = await robot.SendAsync(
            "PUT",
            path,
            new
            {
                draft.url,
                description = "locks",
                event_types = new[] { "user.unlocked" },
            }
        );
        var paused = await robot.SendAsync("PUT", $"{path}/state", new { is_enabled = false });
        var read = await robot.GetAsync(path);
        var rotated = await robot.PostAsync($"{path}/secrets");
        var removed = await robot.SendAsync("DELETE", path);

        Assert.Contains("\"user.locked\"", known.Text, StringComparison.Ordinal);
        made.Must(HttpStatusCode.Created);
        Assert.StartsWith("whsec_", made["secret"], StringComparison.Ordinal);
        Assert.Equal(made["secret"], repeated["secret"]);
        Assert.Equal("True", tested.Must(HttpStatusCode.OK)["acknowledged"]);
        replayed.Must(HttpStatusCode.OK);
        Assert.Equal("user.locked", first.Json.GetProperty("items")[0].GetProperty("type").GetString());
        Assert.NotEqual(
            first.Json.GetProperty("items")[0].GetProperty("id").GetGuid(),
            second.Json.GetProperty("items")[0].GetProperty("id").GetGuid()
        );
        Assert.Null(second["next"]);
        edited.Must(HttpStatusCode.NoContent);
        Assert.Equal("locks", read["description"]);
        Assert.Equal("user.unlocked", read.Json.GetProperty("event_types")[0].GetString());
        paused.Must(HttpStatusCode.NoContent);
        Assert.Equal("False", read["is_enabled"]);
        Assert.DoesNotContain("whsec_", read.Text, StringComparison.Ordinal);
        rotated.Must(HttpStatusCode.Created);
        Assert.NotEqual(made["secret"], rotated["secret"]);
        removed.Must(HttpStatusCode.NoContent);
        (await robot.GetAsync(path)).Must(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"url": "http://example.org/hook"}""", "url")]
    [InlineData("""{"url": "https://example.org/", "description": "two\nlines"}""", "description")]
    [InlineData("""{"url": "https://example.org/", "event_types": ["user.unheard_of"]}""", "event_types")]
    [InlineData("""{"description": "without an address"}""", "url")]
    public async Task A_wrong_member_is_named(string body, string field)
    {
        var robot = await fixture.AsAsync();

        var added = await robot.PostAsync("/webhooks", System.Text.Json.JsonElement.Parse(body));
        var edited = await robot.SendAsync(
            "PUT",
            $"/webhooks/{Guid.NewGuid()}",
            System.Text.Json.JsonElement.Parse(body)
        );

        Assert.Equal([field], added.Must(HttpStatusCode.BadRequest).Fields);
        Assert.Equal([field], edited.Must(HttpStatusCode.BadRequest).Fields);
    }

    [Fact]
    public async Task A_span_that_ends_before_it_begins_is_refused()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var robot = await fixture.AsAsync();
        var made = await robot.PostAsync("/webhooks", new { url = new Uri(receiver.Address, "hook").AbsoluteUri });

        var answer = await robot.PostAsync(
            $"/webhooks/{made.Id}/replay",
            new { from = "2026-01-02T00:00:00Z", until = "2026-01-01T00:00:00Z" }
        );

        Assert.Equal(["from"], answer.Must(HttpStatusCode.BadRequest).Fields);
        await robot.SendAsync("DELETE", $"/webhooks/{made.Id}");
    }
}
