using Identity.Core.Maintenance;
using Identity.IntegrationTests.Audit;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Maintenance;

public sealed class MaintenanceJobsTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Every_job_runs_as_the_application_role()
    {
        var jobs = AuditInstance.JobsOf(fixture.Database.Database);

        foreach (var name in MaintenanceJobs.Names)
            Assert.NotNull(await jobs.RunAsync(name, default));
    }

    [Fact]
    public async Task The_throttle_job_removes_every_spent_counter_over_several_batches_and_keeps_live_ones()
    {
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.throttle_counters (key, count, window_ends_at)
            SELECT sha256(n::text::bytea), 1, now() - interval '1 minute' FROM generate_series(1, 15000) n
            """
        );
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.throttle_counters (key, count, window_ends_at, blocked_until) VALUES (sha256('live'), 5, "
                + "now() - interval '1 minute', now() + interval '9 minutes')"
        );

        var removed = await AuditInstance.JobsOf(fixture.Database.Database).RunAsync("throttle", default);

        Assert.Equal(15000, removed);
        Assert.Equal(1L, await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.throttle_counters"));
    }

    [Fact]
    public async Task Spent_codes_and_families_go_when_nobody_can_ask_for_them_any_more_and_consents_stay()
    {
        await fixture.Database.ExecuteAsync(
            """
            WITH person AS (INSERT INTO users (email) VALUES ('grants@example.org') RETURNING id),
            session AS (INSERT INTO sessions (user_id, token_hash, expires_at)
                SELECT id, sha256('grants'), now() + interval '1 day' FROM person RETURNING id, user_id),
            codes AS (
                INSERT INTO idp.grants (id, kind, user_id, client_id, expires_at)
                SELECT gen_random_uuid(), kind, user_id, 'app', now() - age FROM session,
                    (VALUES ('authorization_code', interval '25 hours'), ('authorization_code', interval '23 hours'),
                        ('consent', NULL)) spent (kind, age))
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, absolute_expires_at)
            SELECT gen_random_uuid(), user_id, id, 'app', '{}', now() - age
                FROM session, (VALUES (interval '32 days'), (interval '30 days')) spent (age)
            """
        );
        var jobs = AuditInstance.JobsOf(fixture.Database.Database);

        Assert.Equal((1, 1), (await jobs.RunAsync("grants", default), await jobs.RunAsync("families", default)));

        Assert.Equal(
            2L,
            await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.grants WHERE client_id = 'app'")
        );
        Assert.Equal(
            1L,
            await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM idp.token_families WHERE client_id = 'app'")
        );
    }

    [Fact]
    public async Task Refused_and_begun_requests_go_when_their_time_is_over()
    {
        await fixture.Database.ExecuteAsync(
            """
            WITH denials AS (
                INSERT INTO idp.denials (key_hash, data, expires_at)
                SELECT sha256(n::text::bytea), '{}', now() + make_interval(mins => n) FROM (VALUES (-1), (1)) ends (n))
            INSERT INTO idp.begun_requests (token_hash, client_id, parameters_protected, expires_at)
            SELECT sha256(n::text::bytea), 'app', 'x', now() + make_interval(mins => n) FROM (VALUES (-1), (1)) ends (n)
            """
        );
        var jobs = AuditInstance.JobsOf(fixture.Database.Database);

        Assert.Equal((1, 1), (await jobs.RunAsync("denials", default), await jobs.RunAsync("requests", default)));

        Assert.Equal(0, await jobs.RunAsync("denials", default) + await jobs.RunAsync("requests", default));
    }

    [Theory]
    [InlineData(
        "mail",
        "mail_outbox_created",
        """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, content_protected, created_at)
            SELECT gen_random_uuid(), 'test', sha256('a'), false, '',
                now() - make_interval(days => CASE WHEN n > 5 THEN 1 ELSE 8 END, secs => n)
            FROM generate_series(1, 20000) n
            """
    )]
    [InlineData(
        "logout",
        "logout_deliveries_created",
        """
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason, created_at, delivered_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'app', 'logout', ended_at, ended_at
            FROM (SELECT now() - make_interval(days => CASE WHEN n > 5 THEN 1 ELSE 40 END, secs => n) AS ended_at
                FROM generate_series(1, 20000) n) ended
            """
    )]
    public async Task Clean_up_reads_by_its_index_what_goes_and_nothing_that_stays(
        string job,
        string index,
        string fill
    )
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await db.ExecuteAsync(fill);
        await db.ExecuteAsync("ANALYZE idp.mail_outbox, idp.logout_deliveries");

        var plan = await PlanAsync(db, MaintenanceJobs.BatchedJobs.Single(one => one.Name == job).Sql);
        var removed = await AuditInstance.JobsOf(db.Database).RunAsync(job, default);

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows Removed", plan, StringComparison.Ordinal);
        Assert.Equal(5, removed);
    }

    private static async Task<string> PlanAsync(TestDatabase db, string sql)
    {
        await using var connection = await db.Database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using NpgsqlCommand command = new(
            "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) " + sql,
            connection,
            transaction
        );
        List<string> plan = [];
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                plan.Add(reader.GetString(0));
        }
        await transaction.RollbackAsync();
        return string.Join('\n', plan);
    }

    [Fact]
    public async Task The_partitions_job_drops_whole_months_that_lie_before_the_retention()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await AuditInstance.AddOldMonthAsync(db, monthsAgo: 2);
        await AuditInstance.AddOldMonthAsync(db, monthsAgo: 5);

        await AuditInstance.JobsOf(db.Database).RunAsync("partitions", default);

        Assert.Equal(
            1L,
            await db.ScalarAsync<long>(
                "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = "
                    + "'public.audit_logs'::regclass AND relname < 'audit_logs_' || to_char(now() - interval '40 "
                    + "days', 'YYYY_MM')"
            )
        );
    }
}
