using Identity.Core.Monitoring;
using Identity.IntegrationTests.Audit;
using Identity.IntegrationTests.Data;
using Identity.Testing;

namespace Identity.IntegrationTests.Monitoring;

/// <summary>The five service metrics and the figures beside them: measured on one instance, shown by all.</summary>
public sealed class FigureTests
{
    [Fact]
    public async Task Of_instances_that_measure_at_once_one_does_and_all_read_the_same()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms one = new(db);
        await using Rooms two = new(db);

        var measured = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(n => (n % 2 == 0 ? one : two).Get<FigureStore>().MeasureAsync(TimeSpan.FromMinutes(1), default))
        );

        Assert.Single(measured, static did => did);
        var figures = await two.Get<FigureStore>().ReadAsync(default);
        Assert.Equal(
            [.. ServiceMetric.All.Select(static metric => metric.Name).Concat(Others).Order(StringComparer.Ordinal)],
            figures.Keys.Order(StringComparer.Ordinal)
        );
        Assert.False(await one.Get<FigureStore>().MeasureAsync(TimeSpan.FromMinutes(1), default));
        Assert.True(await one.Get<FigureStore>().MeasureAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Figures_hold_what_happened()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms rooms = new(db);
        await db.ExecuteAsync(
            """
            WITH people AS (
                INSERT INTO users (email, account_locked_until, operator_locked_until)
                SELECT n || '@example.org', CASE WHEN n <= 2 THEN now() + interval '1 hour' END,
                       CASE WHEN n IN (2, 3) THEN now() + interval '1 hour' WHEN n = 4 THEN now() END
                FROM generate_series(1, 10) n RETURNING id, email)
            INSERT INTO sessions (user_id, token_hash, expires_at)
            SELECT id, sha256((email || n)::bytea), now() + interval '1 hour' FROM people, generate_series(1, 11) n
            WHERE email LIKE '1@%' OR n <= 3
            """
        );
        await db.ExecuteAsync(
            """
            INSERT INTO audit_logs (event_type, event_status, details, user_id)
            SELECT 'login', CASE WHEN n <= 90 THEN 'success' WHEN n <= 96 THEN 'failure' ELSE 'blocked' END,
                   '{}'::jsonb, NULL::uuid
            FROM generate_series(1, 100) n
            UNION ALL SELECT 'account_locked', 'success', '{}', id FROM users WHERE email LIKE '1@%'
            """
        );
        await AuditInstance.JobsOf(db.Database).RunAsync("session-counts", default);

        await rooms.Get<FigureStore>().MeasureAsync(TimeSpan.Zero, default);

        var figures = await rooms.Get<FigureStore>().ReadAsync(default);
        Assert.Equal(90, figures["authentication_success_rate"].Value);
        Assert.Equal(10, figures["failed_login_rate"].Value);
        Assert.Equal(10, figures["account_lockouts"].Value);
        Assert.Equal(3.8, figures["active_sessions_per_user"].Value);
        Assert.InRange(figures["session_validation"].Value!.Value, 0.0001, 5);
        Assert.Equal(3, figures[FigureNames.LockedAccounts].Value);
        Assert.Equal(1, figures[FigureNames.SessionOutliers].Value);
        Assert.Equal(0, figures[FigureNames.MailWaiting].Value);
    }

    [Fact]
    public async Task The_targets_of_the_program_are_those_of_the_view()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await Psql.RunFileAsync(db.OwnerConnectionString, "db/monitoring.sql");

        var targets = await db.Database.QueryAsync(
            "SELECT metric, target FROM monitoring.metrics",
            static row => $"{row.GetString(0)} {row.GetString(1)}",
            default
        );

        Assert.Equal(
            targets.Order(StringComparer.Ordinal),
            ServiceMetric
                .All.Select(static metric => $"{metric.Name} {(metric.IsAbove ? '>' : '<')} {metric.Target}")
                .Order(StringComparer.Ordinal)
        );
        Assert.All(ServiceMetric.All, static metric => Assert.False(metric.IsMetBy(metric.Target)));
    }

    [Fact]
    public async Task An_instance_is_listed_while_it_runs()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await using Rooms one = new(db);
        await using Rooms two = new(db);
        await one.Get<InstanceRegistry>().NoteAsync(default);
        await two.Get<InstanceRegistry>().NoteAsync(default);
        await one.Get<InstanceRegistry>().NoteAsync(default);

        Assert.Equal(2, (await one.Get<InstanceRegistry>().ListAsync(default)).Count);

        await two.Get<InstanceRegistry>().LeaveAsync(default);
        Assert.Single(await two.Get<InstanceRegistry>().ListAsync(default));
        await db.ExecuteAsync("UPDATE idp.instances SET seen_at = seen_at - interval '6 minutes'");
        Assert.Empty(await two.Get<InstanceRegistry>().ListAsync(default));
    }

    private static readonly string[] Others =
    [
        FigureNames.LockedAccounts,
        FigureNames.LogoutsWaiting,
        FigureNames.MailWaiting,
        FigureNames.SessionOutliers,
        FigureNames.WebhooksWaiting,
    ];
}
