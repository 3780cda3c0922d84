using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Privacy;
using Identity.Core.Webhooks;
using Identity.IntegrationTests.Audit;
using Identity.Testing;

namespace Identity.IntegrationTests.Webhooks;

/// <summary>What stays in the outbox, for how long, and what a receiver or a host that fails does to it.</summary>
public sealed class WebhookOutboxTests : WebhookScene
{
    [Fact]
    public async Task An_event_goes_with_its_deliveries_after_thirty_days_and_not_before()
    {
        await AddAsync("one");
        await AddAsync("two");
        for (var i = 0; i < 3; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await Database.ExecuteAsync(
            "UPDATE idp.events SET occurred_at = now() - make_interval(days => 28 + (seq % 3)::integer)"
        );
        await Database.ExecuteAsync("UPDATE idp.events SET occurred_at = occurred_at - interval '1 minute'");

        await AuditInstance.JobsOf(Database.Database).RunAsync("events", default);

        Assert.Equal((2L, 4L), (await CountAsync("idp.events"), await CountAsync("idp.webhook_deliveries")));
    }

    [Fact]
    public async Task An_erasure_leaves_of_a_person_only_the_events_that_report_it()
    {
        await using Rooms rooms = new(Database);
        var user = await rooms.UserAsync();
        var other = Guid.NewGuid();
        await AddAsync("ok");
        await AuditAsync(user.Id, AuditEventTypes.PasswordChanged);
        await AuditAsync(other, AuditEventTypes.PasswordChanged);

        await rooms.SignInAsync(user);
        var earlier = await CountAsync("idp.events WHERE type = 'session.started'");

        await rooms.Get<AccountEraser>().EraseAsync(await rooms.ProofAsync(user), Rooms.Stranger, default);

        Assert.Equal(1, earlier);
        Assert.Equal(
            "session.revoked,user.deleted",
            await Database.ScalarAsync<string>(
                "SELECT string_agg(type, ',' ORDER BY seq) FROM idp.events WHERE user_id = @id",
                ("id", user.Id)
            )
        );
        Assert.Equal(3, await CountAsync("idp.webhook_deliveries"));
    }

    [Fact]
    public async Task An_endpoint_that_is_down_is_left_alone_however_many_events_come()
    {
        await AddAsync("ok");
        await Receiver.DisposeAsync();
        await StartAsync();

        for (var i = 0; i < 200; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE last_error IS NOT NULL"), 1, atLeast: true);

        Assert.InRange(await Database.ScalarAsync<long>("SELECT sum(attempts) FROM idp.webhook_deliveries"), 1, 100);
        Assert.InRange(await CountAsync("idp.webhook_deliveries WHERE attempts = 0"), 100, 199);
    }

    [Fact]
    public async Task A_slow_endpoint_gets_each_event_once_and_a_quick_one_does_not_wait_for_it()
    {
        await AddAsync("slow");
        await AddAsync("quick");
        Receiver.Answer(
            "slow",
            static _ =>
            {
                Thread.Sleep(300);
                return 200;
            }
        );
        await StartAsync();

        for (var i = 0; i < 16; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => Task.FromResult(Receiver.At("quick").Count()), 16);
        var meanwhile = Receiver.At("slow").Count();

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 32);
        Assert.InRange(meanwhile, 0, 15);
        Assert.Equal(16, Receiver.At("slow").Select(static entry => entry.Id).Distinct().Count());
        Assert.Equal((16, 16), (Receiver.At("slow").Count(), Receiver.At("quick").Count()));
    }

    [Fact]
    public async Task Deliveries_of_one_moment_are_paged_through_without_loss_and_an_unknown_endpoint_has_none()
    {
        var id = await AddAsync("ok");
        for (var i = 0; i < 5; i++)
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await Database.ExecuteAsync("UPDATE idp.webhook_deliveries SET created_at = now()");

        List<Guid> seen = [];
        ListPlace? after = null;
        do
        {
            var page = Page(await One.Actions.DeliveriesAsync(One.Operator, id, after, 2, default));
            seen.AddRange(page.Select(static entry => entry.EventId));
            after = page.Count == 2 ? new(page[^1].CreatedAt, page[^1].Id) : null;
        } while (after is not null);
        var unknown = await One.Actions.DeliveriesAsync(One.Operator, Guid.NewGuid(), null, 2, default);

        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(5, seen.Count);
        Assert.IsType<AdminOutcome.NotFound>(
            Assert.IsType<AdminOutcome<IReadOnlyList<WebhookLedgerEntry>>.Failed>(unknown).Reason
        );

        static IReadOnlyList<WebhookLedgerEntry> Page(AdminOutcome<IReadOnlyList<WebhookLedgerEntry>> outcome) =>
            Assert.IsType<AdminOutcome<IReadOnlyList<WebhookLedgerEntry>>.Done>(outcome).Value;
    }

    [Fact]
    public async Task A_disabled_endpoint_gets_nothing_and_a_replay_brings_back_what_was_given_up()
    {
        var id = await AddAsync("ok");
        Receiver.Answer("ok", static _ => 400);
        await StartAsync();
        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE attempts > 0"), 1);

        await One.Actions.EnableAsync(One.Operator, id, false, Rooms.Stranger, default);
        await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE abandoned_at IS NOT NULL"), 1);
        var written = await CountAsync("idp.events");
        Receiver.Answer("ok", static _ => 204);
        await One.Actions.EnableAsync(One.Operator, id, true, Rooms.Stranger, default);
        var now = TimeProvider.System.GetUtcNow();
        await One.Actions.ReplayAsync(One.Operator, id, now.AddHours(-1), now.AddHours(1), Rooms.Stranger, default);

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 1);
        Assert.Equal(1, written);
        Assert.Single(Receiver.Received, static entry => entry.Status == 204);
    }

    [Fact]
    public async Task Kill_9_of_the_host_in_the_middle_of_a_delivery_loses_nothing_and_the_id_tells_the_repetition()
    {
        var folder = IdentityProcess.CreateFolder();
        Uri address = new($"http://localhost:{IdentityProcess.FreePort()}");
        await AddAsync("ok", "user.password_changed");
        Receiver.Answer("ok", static _ => 0);
        Dictionary<string, string?> settings = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__Identity"] = Database.ConnectionString,
            ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
            ["Identity__Keys__MasterKey"] = Convert.ToBase64String(new byte[32]),
        };
        await using (var host = IdentityProcess.Start(folder, settings, $"--urls={settings["Identity__Issuer"]}"))
        {
            await host.WaitUntilReadyAsync(address);
            await AuditAsync(Guid.NewGuid(), AuditEventTypes.PasswordChanged);
            await UntilAsync(() => Task.FromResult(Receiver.Received.Count), 1);
            await host.KillAsync();
        }
        Assert.Equal(1, await CountAsync("idp.webhook_deliveries WHERE attempts = 1 AND delivered_at IS NULL"));

        Receiver.Answer("ok", static _ => 204);
        await Database.ExecuteAsync("UPDATE idp.webhook_deliveries SET next_attempt_at = now()");
        await StartAsync();

        await UntilAsync(() => CountAsync("idp.webhook_deliveries WHERE delivered_at IS NOT NULL"), 1);
        Assert.Equal([0, 204], Receiver.Received.Select(static entry => entry.Status));
        Assert.Single(Receiver.Received.Select(static entry => entry.Id).Distinct());
        Directory.Delete(folder, recursive: true);
    }
}
