using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Webhooks;
using Identity.Testing;
using Microsoft.Extensions.Hosting;

namespace Identity.IntegrationTests.Webhooks;

/// <summary>Events over real PostgreSQL and real HTTP, from the audit row to the answer of the endpoint, with two
/// instances at work on one database.</summary>
public sealed class WebhookTests : WebhookScene
{
    [Fact]
    public async Task Without_an_endpoint_nothing_is_written_and_a_change_that_is_rolled_back_is_no_event()
    {
        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        var before = await CountAsync("idp.events");
        await AddAsync("ok");

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            One.Database.InTransactionAsync<int>(
                async (transaction, cancel) =>
                {
                    await One.Audit.AppendAsync(
                        transaction,
                        Row(Guid.NewGuid(), AuditEventTypes.PasswordChanged),
                        cancel
                    );
                    throw new InvalidOperationException("The change fails.");
                },
                default
            )
        );

        Assert.Equal((0L, 0L), (before, await CountAsync("idp.events")));
    }

    [Fact]
    public async Task Each_event_is_acknowledged_once_by_each_endpoint_that_wants_it_whichever_instance_delivers()
    {
        await AddAsync("all");
        await AddAsync("some", "user.password_changed");
        await StartAsync();

        for (var i = 0; i < 30; i++)
        {
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasskeyAdded);
        }

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 90);
        Assert.Equal((60, 30), (Receiver.At("all").Count(), Receiver.At("some").Count()));
        Assert.Equal(60, Receiver.At("all").Select(static entry => entry.Id).Distinct().Count());
    }

    [Fact]
    public async Task An_event_carries_the_id_of_the_person_and_chosen_details_and_neither_address_nor_browser()
    {
        var user = Guid.NewGuid();
        await AddAsync("ok");
        await StartAsync();

        await AuditAsync(
            user,
            AuditEventTypes.SessionRevoked,
            ("session_id", Guid.NewGuid()),
            ("reason", "logout"),
            ("secret", "hush")
        );

        await UntilAsync(() => Task.FromResult(Receiver.Received.Count), 1);
        using var body = JsonDocument.Parse(Receiver.Received.Single().Body);
        Assert.Equal("session.revoked", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(1, body.RootElement.GetProperty("version").GetInt32());
        Assert.Equal(
            ["user_id", "reason", "session_id"],
            body.RootElement.GetProperty("data").EnumerateObject().Select(static detail => detail.Name)
        );
        Assert.Equal(user, body.RootElement.GetProperty("data").GetProperty("user_id").GetGuid());
    }

    [Fact]
    public async Task The_events_of_one_person_arrive_in_order_over_failures_and_those_of_others_do_not_wait()
    {
        var (slow, quick) = (Guid.NewGuid(), Guid.NewGuid());
        var failures = 0;
        await AddAsync("ok");
        Receiver.Answer(
            "ok",
            body =>
                body.Contains(slow.ToString(), StringComparison.Ordinal) && Interlocked.Increment(ref failures) < 4
                    ? 400
                    : 204
        );
        await StartAsync();

        string[] types =
        [
            AuditEventTypes.Registration,
            AuditEventTypes.EmailVerified,
            AuditEventTypes.PasswordChanged,
            AuditEventTypes.PasskeyAdded,
            AuditEventTypes.AccountDisabled,
        ];
        foreach (var type in types)
            await AuditAsync(slow, type);
        await AuditAsync(quick, AuditEventTypes.PasswordChanged);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 6);
        var acknowledged = Receiver.Received.Where(static entry => entry.Status == 204).ToList();
        Assert.Contains(quick.ToString(), acknowledged[0].Body, StringComparison.Ordinal);
        Assert.Equal(
            ["user.created", "user.email_verified", "user.password_changed", "user.passkey_added", "user.deactivated"],
            acknowledged.Where(entry => entry.Body.Contains(slow.ToString(), StringComparison.Ordinal)).Select(TypeOf)
        );
    }

    [Theory]
    [InlineData(500)]
    [InlineData(400)]
    [InlineData(302)]
    [InlineData(429)]
    public async Task An_endpoint_that_fails_gets_the_event_again_until_it_acknowledges(int status)
    {
        await AddAsync("ok");
        var count = 0;
        Receiver.Answer("ok", _ => Interlocked.Increment(ref count) < 3 ? status : 200);
        await StartAsync();

        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL AND attempts = 3"), 1);
        Assert.Single(Receiver.Received.Select(static entry => entry.Id).Distinct());
        Assert.Empty(Receiver.At("elsewhere"));
    }

    [Fact]
    public async Task An_endpoint_that_is_down_gets_what_happened_meanwhile_when_it_is_back()
    {
        await AddAsync("ok");
        var port = Receiver.Address.Port;
        await Receiver.DisposeAsync();
        await StartAsync();
        for (var i = 0; i < 5; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE last_error IS NOT NULL"), 1, atLeast: true);

        Receiver = await WebhookReceiver.StartAsync(port);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 5);
        Assert.Equal(5, Receiver.Received.Count);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_stalls_no_other()
    {
        await AddAsync("hangs");
        await AddAsync("ok");
        Receiver.Answer("hangs", static _ => 0);
        await StartAsync();

        for (var i = 0; i < 20; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 20);
        Assert.Equal(20, Receiver.At("ok").Count());
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_disabled_and_gets_nothing_more()
    {
        await AddAsync("gone");
        Receiver.Answer("gone", static _ => 410);
        await StartAsync();
        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_endpoints WHERE NOT is_enabled"), 1);

        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE abandoned_at IS NOT NULL"), 1);
        Assert.Equal(1, await CountAsync("idp.webhook_deliveries"));
        Assert.Single(Receiver.Received);
    }

    [Fact]
    public async Task A_pause_stops_what_still_waits_though_a_turn_is_under_way()
    {
        var id = await AddAsync("ok");
        using ManualResetEventSlim paused = new();
        var begun = 0;
        Receiver.Answer(
            "ok",
            _ =>
            {
                Interlocked.Increment(ref begun);
                paused.Wait(TimeSpan.FromSeconds(1));
                return 204;
            }
        );
        for (var i = 0; i < 20; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await One.StartAsync();
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref begun)), 1, atLeast: true);

        await One.Actions.EnableAsync(One.Operator, id, enabled: false, Rooms.Stranger, default);
        paused.Set();

        await UntilAsync(
            () => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NULL AND abandoned_at IS NULL"),
            0
        );
        // What was under way when the operator paused: one batch.
        Assert.InRange(begun, 1, 4);
    }

    [Fact]
    public async Task A_claim_of_an_instance_that_was_killed_is_sent_by_another_when_its_lease_ends()
    {
        var id = await AddAsync("ok");
        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        WebhookDeliveryStore store = new(One.Database);
        // A row waits for every older transaction of the server, those of other tests included.
        await UntilAsync(async () => (await store.ClaimAsync(id, 4, default)).Count, 1);
        var meanwhile = await store.ClaimAsync(id, 4, default);

        await Database.ExecuteAsync("UPDATE idp.webhook_deliveries SET next_attempt_at = now()");
        await StartAsync();

        Assert.Empty(meanwhile);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 1);
        Assert.Single(Receiver.Received);
    }

    [Fact]
    public async Task Two_replays_at_once_send_each_event_of_the_span_once_more()
    {
        var id = await AddAsync("ok");
        await StartAsync();
        for (var i = 0; i < 10; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 10);
        foreach (var instance in Instances)
            await instance.StopAsync();

        var now = TimeProvider.System.GetUtcNow();
        var replays = await Task.WhenAll(
            Instances.Select(instance =>
                instance.Actions.ReplayAsync(
                    instance.Operator,
                    id,
                    now.AddHours(-1),
                    now.AddHours(1),
                    Rooms.Stranger,
                    default
                )
            )
        );
        await StartAsync();

        Assert.Equal(10, replays.Sum(static replay => ((AdminOutcome<int>.Done)replay).Value));
        await UntilAsync(() => Task.FromResult(Receiver.Received.Count), 20);
        Assert.All(Receiver.Received.GroupBy(static entry => entry.Id), static sent => Assert.Equal(2, sent.Count()));
    }

    [Fact]
    public async Task The_library_of_the_specification_verifies_the_signature_of_both_secrets_during_a_rotation()
    {
        await NodePackages.InstalledAsync();
        var added = Secret(await One.Actions.AddAsync(One.Operator, Draft("ok"), Rooms.Stranger, default));
        var rotated = Secret(await One.Actions.RotateAsync(One.Operator, added.Id, Rooms.Stranger, default));
        await One.Actions.TestAsync(One.Operator, added.Id, Rooms.Stranger, default);
        var request = Receiver.Received.Single();

        foreach (var secret in new[] { added.Secret, rotated.Secret })
        {
            var (exitCode, output) = await NodePackages.RunAsync(
                "node",
                ["standard-webhooks.mjs"],
                new Dictionary<string, string>
                {
                    ["SECRET"] = secret,
                    ["ID"] = request.Id,
                    ["TIMESTAMP"] = request.Timestamp,
                    ["SIGNATURE"] = request.Signature,
                    ["BODY"] = request.Body,
                }
            );
            Assert.True(exitCode == 0, output);
            Assert.Contains("{\"type\":\"webhook.test\",\"refused\":true}", output, StringComparison.Ordinal);
        }
        Assert.NotEqual(added.Secret, rotated.Secret);
    }

    [Theory]
    [InlineData("http://example.com/hook")]
    [InlineData("ftp://example.com/hook")]
    [InlineData("https://user:pass@example.com/hook")]
    [InlineData("/relative")]
    [InlineData("")]
    public async Task An_address_that_may_not_be_called_is_refused_when_it_is_added(string url)
    {
        var outcome = await One.Actions.AddAsync(One.Operator, new(url, null, []), Rooms.Stranger, default);

        var failed = Assert.IsType<AdminOutcome<WebhookSecret>.Failed>(outcome);
        Assert.Equal("url", Assert.IsType<AdminOutcome.Invalid>(failed.Reason).Field);
    }

    [Theory]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://localhost:1/")]
    [InlineData("http://127.0.0.1:1/")]
    public async Task In_production_no_private_address_is_connected_to(string url)
    {
        await using WebhookInstance production = new(Database, Environments.Production);
        var id = Secret(await One.Actions.AddAsync(One.Operator, new(url, null, []), Rooms.Stranger, default)).Id;

        var answer = await production.Actions.TestAsync(production.Operator, id, Rooms.Stranger, default);

        var value = ((AdminOutcome<WebhookAnswer>.Done)answer).Value;
        Assert.Null(value.Status);
        Assert.Contains("not allowed", value.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_production_a_private_network_that_is_allowed_is_called()
    {
        await using WebhookInstance production = new(Database, Environments.Production, "127.0.0.0/8");
        var id = await AddAsync("ok");

        var answer = await production.Actions.TestAsync(production.Operator, id, Rooms.Stranger, default);

        Assert.Equal(204, ((AdminOutcome<WebhookAnswer>.Done)answer).Value.Status);
    }

    [Fact]
    public async Task Every_event_stands_in_the_document_and_no_other()
    {
        var document = await File.ReadAllTextAsync(Repository.PathOf("docs/webhooks.md"));

        var written = document
            .Split('\n')
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains('.'))
            .Select(static line => line.Split('`')[1])
            .Where(static name => name.Contains('.') && name != "webhook.test");

        Assert.Equal(
            (await One.Ledger.EventTypesAsync(default)).Order(StringComparer.Ordinal),
            written.Order(StringComparer.Ordinal)
        );
    }
}
