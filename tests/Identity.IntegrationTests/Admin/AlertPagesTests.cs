using System.Net;
using Identity.Core.Administration;
using Identity.Core.Detection;
using Identity.Core.Monitoring;
using Identity.Server.Admin.Console.Texts;
using Identity.Testing;
using Microsoft.Extensions.Localization;

namespace Identity.IntegrationTests.Admin;

/// <summary>Alerts in the console: what is open, what to do, and who looks after it; and the overview of the
/// service.</summary>
public sealed class AlertPagesTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Fact]
    public async Task An_alert_is_listed_explained_and_acknowledged_and_the_log_says_by_whom()
    {
        var admin = await fixture.HolderAsync(AdminRole.Admin);
        using var browser = await fixture.SignedInAsync(admin);
        var id = await AlertAsync("credential_stuffing", "192.0.2.7");

        var list = await browser.GetAsync("/admin/alerts");
        var page = await browser.GetAsync($"/admin/alerts/alert?id={id}");
        var answer = await browser.SubmitAsync(page, [("Input.Note", "blocked at <the> firewall")]);
        var after = await browser.FollowAsync(answer);

        Assert.Contains($"id={id}", list.Html, StringComparison.Ordinal);
        Assert.Contains("One network tries many accounts", page.Text, StringComparison.Ordinal);
        Assert.Contains("Block the network", page.Text, StringComparison.Ordinal);
        Assert.Contains("192.0.2.7", page.Text, StringComparison.Ordinal);
        Assert.Contains("blocked at &lt;the&gt; firewall", after.Html, StringComparison.Ordinal);
        Assert.Contains($"/admin/people/{admin.Id}", after.Html, StringComparison.Ordinal);
        Assert.Equal(
            admin.Id.ToString(),
            await fixture.Database.ScalarAsync<string>(
                "SELECT details ->> 'actor' FROM audit_logs WHERE event_type = 'alert_acknowledged' "
                    + "AND details ->> 'alert_id' = @id",
                ("id", id.ToString())
            )
        );
    }

    [Fact]
    public async Task Of_two_operators_who_acknowledge_one_does_and_the_other_hears_that_it_changed()
    {
        using var one = await fixture.OperatorAsync();
        using var two = await fixture.OperatorAsync();
        var id = await AlertAsync("brute_force", Guid.NewGuid().ToString("N"));
        var (first, second) = (
            await one.GetAsync($"/admin/alerts/alert?id={id}"),
            await two.GetAsync($"/admin/alerts/alert?id={id}")
        );

        var done = await one.SubmitAsync(first, []);
        var late = await two.SubmitAsync(second, []);

        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.Conflict), (done.Status, late.Status));
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'alert_acknowledged' "
                    + "AND details ->> 'alert_id' = @id",
                ("id", id.ToString())
            )
        );
    }

    [Fact]
    public async Task An_auditor_sees_alerts_and_acknowledges_none_and_support_sees_none()
    {
        var id = await AlertAsync("brute_force", Guid.NewGuid().ToString("N"));
        using var admin = await fixture.OperatorAsync();
        using var auditor = await fixture.OperatorAsync(AdminRole.Auditor);
        using var support = await fixture.OperatorAsync(AdminRole.Support);
        var form = await admin.GetAsync($"/admin/alerts/alert?id={id}");

        var seen = await auditor.GetAsync($"/admin/alerts/alert?id={id}");
        var overview = await support.GetAsync("/admin");
        var refused = await support.GetAsync("/admin/alerts");

        Assert.Equal(HttpStatusCode.OK, seen.Status);
        Assert.DoesNotContain("Input.Note", seen.Html, StringComparison.Ordinal);
        Assert.Contains("Input.Note", form.Html, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (overview.Status, refused.Status));
        Assert.DoesNotContain("id=\"alerts\"", overview.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_shows_open_ones_closed_ones_or_all()
    {
        using var browser = await fixture.OperatorAsync(AdminRole.Auditor);
        var (open, closed) = (await AlertAsync("reset_spike", "a"), await AlertAsync("reset_spike", "b", closed: true));

        var found = new List<(bool, bool)>();
        foreach (var filter in new[] { "", "?Filter=Closed", "?Filter=All" })
        {
            var page = await browser.GetAsync("/admin/alerts" + filter);
            found.Add((Has(page, open), Has(page, closed)));
        }

        Assert.Equal([(true, false), (false, true), (true, true)], found);

        static bool Has(VisitedPage page, Guid id) => page.Html.Contains($"id={id}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hour")]
    [InlineData("day")]
    [InlineData("week")]
    public async Task The_overview_shows_the_service_and_stays_small(string span)
    {
        await SignInsAsync(3000, SignInSpan.Find(span).Length);
        await AlertAsync("token_reuse", Guid.NewGuid().ToString());
        var store = fixture.Service<FigureStore>();
        await fixture.Service<InstanceRegistry>().NoteAsync(default);
        await store.MeasureAsync(TimeSpan.Zero, default);
        using var browser = await fixture.OperatorAsync();

        var page = await browser.GetAsync($"/admin?span={span}");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.InRange(page.Html.Length, 10_000, 50_000);
        Assert.Contains("A used token or code came back", page.Text, StringComparison.Ordinal);
        Assert.Contains("<path class=\"succeeded\" d=\"M", page.Html, StringComparison.Ordinal);
        Assert.Contains("Off target", page.Text, StringComparison.Ordinal);
        Assert.Contains(Environment.MachineName, page.Text, StringComparison.Ordinal);
        Assert.Contains("ES256", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_columns_add_up_to_the_events()
    {
        await SignInsAsync(500, TimeSpan.FromDays(6));
        Operator reader = new(OperatorKind.Command, "test", AdminRole.PermissionsOf(AdminRole.Auditor, []));
        while (await fixture.Service<FigureStore>().CountSignInsAsync(TimeSpan.Zero, default) is not null) { }

        var week = await StateAsync();

        Assert.Equal(84, week.SignIns.Count);
        Assert.Equal(
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM audit_logs WHERE event_type = 'login' AND created_at >= @from",
                ("from", week.SignIns[0].From)
            ),
            week.SignIns.Sum(static point => point.Total)
        );

        async Task<ServiceState> StateAsync() =>
            Assert
                .IsType<AdminOutcome<ServiceState>.Done>(
                    await fixture.Service<ServiceOverview>().ReadAsync(reader, SignInSpan.Week, default)
                )
                .Value;
    }

    [Fact]
    public void Every_rule_has_a_title_and_advice()
    {
        var texts = fixture.Service<IStringLocalizer<AlertTexts>>();

        Assert.All(
            DetectionRules.All,
            rule =>
                Assert.False(
                    texts[$"Rule.{rule.Name}"].ResourceNotFound || texts[$"Advice.{rule.Name}"].ResourceNotFound,
                    rule.Name
                )
        );
    }

    private Task<Guid> AlertAsync(string rule, string subject, bool closed = false) =>
        fixture.Database.ScalarAsync<Guid>(
            """
            INSERT INTO idp.alerts (id, rule, subject, value, threshold, opened_at, last_seen_at, closed_at)
            VALUES (gen_random_uuid(), @rule, @subject, 21, 20, now(), now(), CASE WHEN @closed THEN now() END)
            RETURNING id
            """,
            ("rule", rule),
            ("subject", subject),
            ("closed", closed)
        );

    // Counted anew: nobody signs in in the past, except here.
    private Task<int> SignInsAsync(int count, TimeSpan within) =>
        fixture.Database.ExecuteAsync(
            """
            WITH uncounted AS (DELETE FROM idp.sign_in_minutes),
            anew AS (UPDATE idp.monitoring_progress SET covered_from = date_trunc('minute', now()) - interval '8 days',
                covered_until = date_trunc('minute', now()) - interval '8 days')
            INSERT INTO audit_logs (event_type, event_status, details, created_at)
            SELECT 'login', (ARRAY['success', 'success', 'failure', 'blocked'])[1 + n % 4], '{}',
                   clock_timestamp() - @within * random()
            FROM generate_series(1, @count) n
            """,
            ("count", count),
            ("within", within)
        );
}
