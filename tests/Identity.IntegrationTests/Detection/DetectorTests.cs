using Identity.Core.Audit;
using Identity.Core.Detection;

namespace Identity.IntegrationTests.Detection;

/// <summary>The rules, exact at their borders at every moment (DT-1 to DT-3), and one alert an incident.</summary>
public sealed class DetectorTests
{
    [Theory]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    public async Task DT_1_a_hundred_failed_sign_ins_in_five_minutes_are_silent_and_one_more_is_an_alert(
        int count,
        int alerts
    )
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(count - 1, ago: 299);
        await scene.FailAsync(1, ago: 0.1);
        // Before the window of each of them.
        await scene.FailAsync(50, ago: 600);

        await scene.LookAsync();

        Assert.Equal(alerts, (await scene.AlertsAsync()).Count(static alert => alert.Rule == "brute_force"));
    }

    [Fact]
    public async Task DT_1_what_passed_the_border_between_two_runs_and_was_over_before_the_second_is_an_alert()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.LookAsync();
        await scene.AgeAsync(TimeSpan.FromHours(2));
        // 101 within five minutes, an hour ago, spread over the minute borders of any run.
        await scene.FailAsync(50, ago: 3600 + 295);
        await scene.FailAsync(51, ago: 3600);

        var run = await scene.LookAsync();

        var alert = Assert.Single(run.Opened);
        Assert.Equal(("brute_force", "", 101L, 100L), (alert.Rule, alert.Subject, alert.Value, alert.Threshold));
        Assert.InRange((alert.OpenedAt - run.Until).TotalSeconds, -3660, -3590);
    }

    [Theory]
    [InlineData(20, "192.0.2.7", 0)]
    [InlineData(21, "192.0.2.7", 1)]
    [InlineData(21, "2001:db8:1:2::7", 1)]
    public async Task DT_2_twenty_accounts_from_one_network_in_an_hour_are_silent_and_one_more_is_an_alert(
        int accounts,
        string address,
        int alerts
    )
    {
        await using var scene = await DetectionScene.CreateAsync();
        // Each account is tried twice, long ago and just before the hour is over.
        await scene.FailAsync(accounts, ago: 3590, address);
        await scene.FailAsync(accounts - 1, ago: 1800, address);
        await scene.FailAsync(30, ago: 60, "192.0.2.8");

        await scene.LookAsync();

        Assert.Equal(
            alerts,
            (await scene.AlertsAsync()).Count(alert =>
                alert.Rule == "credential_stuffing"
                && alert.Subject.StartsWith(address[..9], StringComparison.Ordinal)
                && alert.Value == accounts
            )
        );
    }

    [Fact]
    public async Task DT_2_an_account_counts_for_an_hour_after_its_last_attempt_and_no_longer()
    {
        await using var scene = await DetectionScene.CreateAsync();
        // At no moment do more than twenty stand within the hour.
        await scene.FailAsync(15, ago: 7300, "192.0.2.7");
        await scene.Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, ip_address, details, created_at)
            SELECT 'login', 'failure', '192.0.2.7', jsonb_build_object('account_hash', 'late' || n),
                clock_timestamp() - interval '3600 seconds' FROM generate_series(1, 20) n
            """
        );

        Assert.Empty((await scene.LookAsync()).Opened);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public async Task DT_3_ten_active_sessions_of_a_person_are_silent_and_one_more_is_an_alert(int sessions, int alerts)
    {
        await using var scene = await DetectionScene.CreateAsync();
        var person = await scene.SessionsAsync(sessions);
        await scene.SessionsAsync(3);

        await scene.LookAsync();

        Assert.Equal(
            alerts,
            (await scene.AlertsAsync()).Count(alert =>
                alert is { Rule: "anomalous_sessions", Value: 11, ClosedAt: null } && alert.Subject == person.ToString()
            )
        );
    }

    [Fact]
    public async Task DT_3_the_alert_about_sessions_closes_when_they_are_ended()
    {
        await using var scene = await DetectionScene.CreateAsync();
        var person = await scene.SessionsAsync(11);
        await scene.LookAsync();
        await scene.LookAsync();
        Assert.Null(Assert.Single(await scene.AlertsAsync()).ClosedAt);

        await scene.Database.ExecuteAsync(
            "UPDATE sessions SET is_active = false, revoked_at = now() WHERE id = (SELECT id FROM sessions WHERE "
                + "user_id = @id LIMIT 1)",
            ("id", person)
        );
        await scene.LookAsync();

        Assert.NotNull(Assert.Single(await scene.AlertsAsync()).ClosedAt);
    }

    [Fact]
    public async Task An_account_that_is_tried_from_many_networks_is_an_alert_about_that_account()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (user_id, event_type, event_status, ip_address, created_at)
            SELECT '00000000-0000-4000-8000-000000000007', 'login', 'failure', '198.51.100.0'::inet + n,
                clock_timestamp()
            FROM generate_series(1, 11) n
            """
        );

        var alert = Assert.Single((await scene.LookAsync()).Opened);

        Assert.Equal(
            ("distributed_guessing", "00000000-0000-4000-8000-000000000007", 11L),
            (alert.Rule, alert.Subject, alert.Value)
        );
    }

    [Fact]
    public async Task Reuse_of_a_token_lost_logouts_waiting_mail_and_refusals_of_one_client_are_alerts()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.Database.ExecuteAsync(
            """
            INSERT INTO audit_logs (user_id, event_type, event_status)
                VALUES (gen_random_uuid(), 'token_reuse', 'blocked');
            INSERT INTO idp.denials (key_hash, client_id, data, expires_at)
                SELECT sha256(n::text::bytea), 'shop', '{}', now() + interval '3 days' FROM generate_series(1, 101) n;
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason, abandoned_at)
                VALUES (gen_random_uuid(), gen_random_uuid(), 'news', 'sign_out', clock_timestamp());
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, content_protected, created_at)
                VALUES (gen_random_uuid(), 'password_reset', sha256('a'), true, 'x', now() - interval '20 minutes')
            """
        );

        var opened = (await scene.LookAsync()).Opened;

        Assert.Equal(
            ["client_refusals shop", "lost_logouts news", "token_reuse", "waiting_mail"],
            opened
                .Select(static alert =>
                    Guid.TryParse(alert.Subject, out _) ? alert.Rule : $"{alert.Rule} {alert.Subject}".Trim()
                )
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task An_audit_log_that_nobody_seals_is_an_alert_until_it_is_sealed()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await using Rooms sealing = new(scene.Database, ("Identity:Audit:SealDelay", "00:00:01"));
        await scene.FailAsync(1, ago: 61 * 60);
        var detector = sealing.Get<Detector>();
        Assert.Equal("unsealed_audit", Assert.Single((await detector.RunAsync(default))!.Opened).Rule);

        await sealing.Get<AuditSealer>().SealAsync(default);
        var run = await detector.RunAsync(default);

        Assert.Equal(1, run!.Closed);
    }

    [Fact]
    public async Task The_past_holds_what_the_runs_found_and_looking_at_it_opens_nothing()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.FailAsync(101, ago: 4000, "192.0.2.7");
        await scene.FailAsync(101, ago: 30 * 3600, "192.0.2.9");
        var now = scene.One.Get<TimeProvider>().GetUtcNow();

        var found = await scene.One.Get<DetectionHistory>().FindAsync(now.AddHours(-48), now, default);

        Assert.Equal(
            [
                ("credential_stuffing", "192.0.2.9", 101L),
                ("brute_force", "", 101L),
                ("credential_stuffing", "192.0.2.7", 101L),
                ("brute_force", "", 101L),
            ],
            found.Select(static incident => (incident.Rule, incident.Subject, incident.Value))
        );
        Assert.Empty(await scene.AlertsAsync());
    }

    [Fact]
    public async Task A_run_reads_no_table_that_grows_from_end_to_end()
    {
        await using var scene = await DetectionScene.CreateAsync();
        await scene.Database.ExecuteAsync(
            """
            INSERT INTO users (email) SELECT n || '@example.org' FROM generate_series(1, 2000) n;
            INSERT INTO sessions (user_id, token_hash, created_at, last_activity_at, expires_at)
                SELECT id, sha256((id::text || n)::bytea), now() - interval '3 days', now() - interval '2 days',
                    now() + interval '1 hour'
                FROM users, generate_series(1, 10) n;
            INSERT INTO audit_logs (event_type, event_status, ip_address, created_at)
                SELECT 'login', 'success', '192.0.2.1'::inet + n, now() - make_interval(hours => 30, secs => n)
                FROM generate_series(1, 30000) n;
            """
        );
        await scene.Database.ExecuteAsync("ANALYZE");
        await scene.LookAsync();
        var before = await SequentialScansAsync(scene);

        await scene.LookAsync();

        Assert.Equal(before, await SequentialScansAsync(scene));
    }

    private static async Task<string?> SequentialScansAsync(DetectionScene scene)
    {
        // Each backend tells of its reads when it is idle for a moment, or is asked to.
        await scene.One.Db.ExecuteAsync("SELECT pg_stat_force_next_flush()", default);
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        return await scene.Database.ScalarAsync<string>(
            """
            SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname) FROM pg_stat_user_tables
            WHERE relname IN ('sessions', 'users') OR relname LIKE 'audit_logs_2%'
            """
        );
    }
}
