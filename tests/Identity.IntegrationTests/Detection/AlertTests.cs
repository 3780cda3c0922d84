using Identity.Core.Administration;
using Identity.Core.Detection;

namespace Identity.IntegrationTests.Detection;

/// <summary>How alerts live: one an incident, over restarts and instances; told once; over by itself; taken on by
/// one.</summary>
public sealed class AlertTests
{
    [Fact]
    public async Task Two_instances_that_look_at_once_open_one_alert_and_write_one_mail()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 1);

        for (var round = 0; round < 10; round++)
            await Task.WhenAll(
                scene.One.Get<Detector>().RunAsync(default),
                scene.Two.Get<Detector>().RunAsync(default),
                scene.One.Get<Detector>().RunAsync(default)
            );

        var alert = Assert.Single(await scene.AlertsAsync());
        var mail = Assert.Single(await scene.One.MailsToAsync(DetectionScene.Operator));
        Assert.Equal("security_alert", mail.Kind);
        Assert.Contains("Many failed sign-ins", mail.Content.Subject, StringComparison.Ordinal);
        Assert.Contains("101", mail.Content.Text, StringComparison.Ordinal);
        Assert.Equal(
            1L,
            await scene.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'security_alert' AND details ->> 'alert_id' = @id",
                ("id", alert.Id.ToString())
            )
        );
    }

    [Fact]
    public async Task An_incident_that_goes_on_stays_one_alert_that_knows_its_highest_value()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 1);
        await scene.LookAsync();
        await scene.FailAsync(60, ago: 0);

        var second = await scene.LookAsync();

        Assert.Empty(second.Opened);
        var alert = Assert.Single(await scene.AlertsAsync());
        Assert.Equal((161L, null), (alert.Value, alert.ClosedAt));
    }

    [Fact]
    public async Task An_alert_closes_when_all_is_quiet_and_a_new_incident_is_a_new_one()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 1);
        await scene.LookAsync();
        await scene.AgeAsync(TimeSpan.FromMinutes(11));
        var quiet = await scene.LookAsync();
        Assert.Equal((0, 1), (quiet.Opened.Count, quiet.Closed));

        await scene.LookAsync();
        Assert.Single(await scene.AlertsAsync());
        await scene.FailAsync(101, ago: 0);
        await scene.LookAsync();

        Assert.Equal([false, true], (await scene.AlertsAsync()).Select(static alert => alert.ClosedAt is not null));
    }

    [Fact]
    public async Task An_alert_that_opens_is_acknowledged_and_closes_is_an_event_each_time()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.Database.ExecuteAsync(
            "INSERT INTO idp.webhook_endpoints (id, url, secret_protected) "
                + "VALUES (gen_random_uuid(), 'https://hooks.example/', '\\x00')"
        );
        await scene.FailAsync(101, ago: 1);
        var alert = Assert.Single((await scene.LookAsync()).Opened);

        await scene.One.Get<AlertStore>().AcknowledgeAsync(Somebody("grace"), alert.Id, null, Rooms.Stranger, default);
        await scene.AgeAsync(TimeSpan.FromMinutes(11));
        await scene.LookAsync();

        Assert.Equal(
            "alert.opened 101 100,alert.acknowledged,alert.closed 101 100",
            await scene.Database.ScalarAsync<string>(
                """
                SELECT string_agg(concat_ws(' ', type, data ->> 'value', data ->> 'threshold'), ',' ORDER BY seq)
                FROM idp.events WHERE data ->> 'alert_id' = @id AND data ->> 'rule' = @rule
                """,
                ("id", alert.Id.ToString()),
                ("rule", alert.Rule)
            )
        );
    }

    [Fact]
    public async Task What_happened_while_nothing_ran_is_found_by_the_next_run()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.LookAsync();
        await scene.AgeAsync(TimeSpan.FromHours(6));
        await scene.FailAsync(101, ago: 5 * 3600);

        var run = await scene.LookAsync();

        Assert.Single(run.Opened);
        Assert.InRange((run.Until - run.Since).TotalHours, 6, 6.1);
    }

    [Fact]
    public async Task A_run_that_fails_leaves_nothing_and_the_next_one_finds_the_same()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 1);
        await scene.Database.ExecuteAsync("ALTER TABLE idp.mail_outbox RENAME TO mail_outbox_gone");
        await Assert.ThrowsAnyAsync<Exception>(scene.LookAsync);
        Assert.Empty(await scene.AlertsAsync());

        await scene.Database.ExecuteAsync("ALTER TABLE idp.mail_outbox_gone RENAME TO mail_outbox");
        await scene.LookAsync();

        Assert.Single(await scene.AlertsAsync());
        Assert.Single(await scene.One.MailsToAsync(DetectionScene.Operator));
    }

    [Fact]
    public async Task Of_twenty_who_take_an_alert_on_one_does_and_the_others_hear_who()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 1);
        var alert = Assert.Single((await scene.LookAsync()).Opened);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    (n % 2 == 0 ? scene.One : scene.Two)
                        .Get<AlertStore>()
                        .AcknowledgeAsync(Somebody($"operator {n}"), alert.Id, "looking", Rooms.Stranger, default)
                )
        );

        var done = Assert.Single(answers.OfType<AlertAcknowledgement.Done>());
        Assert.All(
            answers.OfType<AlertAcknowledgement.Already>(),
            already => Assert.Equal(done.Alert.AcknowledgedBy, already.Alert.AcknowledgedBy)
        );
        Assert.Equal(
            1L,
            await scene.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'alert_acknowledged'"
            )
        );
        Assert.IsType<AlertAcknowledgement.NotFound>(
            await scene
                .One.Get<AlertStore>()
                .AcknowledgeAsync(Somebody("nobody"), Guid.NewGuid(), null, Rooms.Stranger, default)
        );
    }

    private static Operator Somebody(string name) => new(OperatorKind.Client, name, []);

    [Fact]
    public async Task A_threshold_and_a_rule_can_be_set()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await using Rooms other = new(
            scene.Database,
            ("Identity:Detection:Thresholds:brute_force", "5"),
            ("Identity:Detection:Off:0", "credential_stuffing")
        );
        await scene.FailAsync(30, ago: 1, "192.0.2.7");

        var opened = (await other.Get<Detector>().RunAsync(default))!.Opened;

        Assert.Equal(("brute_force", 5L), (Assert.Single(opened).Rule, opened[0].Threshold));
    }
}
