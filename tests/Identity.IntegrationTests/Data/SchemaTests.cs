using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Data;

public sealed class SchemaTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private TestDatabase Db => fixture.Database;

    [Fact]
    public async Task Schema_public_is_the_contract_and_nothing_else()
    {
        var kinds = await Db.ScalarAsync<string>(
            """
            SELECT string_agg(kind || ' ' || names, '; ' ORDER BY kind) FROM (
                SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, string_agg(relname, ','
                    ORDER BY relname) AS names
                FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') GROUP BY 1) k
            """
        );
        var functions = await Db.ScalarAsync<string>(
            "SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        );
        var indexes = await Db.ScalarAsync<long>(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'I') AND "
                + "relname LIKE 'idx\\_%'"
        );
        var triggers = await Db.ScalarAsync<string>(
            "SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid "
                + "WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal"
        );

        Assert.Equal(
            "table audit_logs,email_verification_tokens,password_reset_tokens,refresh_tokens,sessions,users; view "
                + "active_sessions,user_security_status",
            kinds
        );
        Assert.Equal("cleanup_expired_sessions,cleanup_expired_tokens,update_updated_at_column", functions);
        Assert.Equal(22, indexes);
        Assert.Equal(
            "notify_account_change,notify_session_change,notify_session_end,queue_event,update_users_updated_at",
            triggers
        );
    }

    [Theory]
    [InlineData("UPDATE audit_logs SET event_status = 'success'")]
    [InlineData("DELETE FROM audit_logs")]
    [InlineData("TRUNCATE audit_logs")]
    [InlineData("UPDATE idp.audit_logs_default SET event_status = 'success'")]
    [InlineData("DELETE FROM idp.audit_seals")]
    [InlineData("ALTER TABLE users ADD COLUMN x int")]
    [InlineData("CREATE TABLE public.x (id int)")]
    [InlineData("CREATE TABLE idp.x (id int)")]
    [InlineData("DROP TABLE sessions")]
    [InlineData("INSERT INTO idp.schema_migrations (version, name) VALUES (999, 'x')")]
    public async Task The_applications_role_can_neither_change_the_schema_nor_the_past(string sql)
    {
        await using var command = Db.Application.CreateCommand(sql);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Audit_partitions_stand_ready_months_ahead()
    {
        var ahead = await Db.ScalarAsync<long>(
            """
            SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass
              AND inhrelid::regclass::text > 'idp.audit_logs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')
                  AND inhrelid::regclass::text <> 'idp.audit_logs_default'
            """
        );

        Assert.True(ahead >= 3, $"{ahead} months ahead");
    }

    [Fact]
    public async Task Up_down_and_up_again_leaves_a_current_schema_and_nothing_behind()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        var runner = new MigrationRunner(db.Owner);

        var dry = await runner.UpAsync(CancellationToken.None, dryRun: true);
        var afterDry = await runner.StateAsync(CancellationToken.None);
        await runner.UpAsync(CancellationToken.None);
        await runner.DownAsync(0, CancellationToken.None);
        var left = await db.ScalarAsync<long>(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', "
                + "'idp')"
        );
        var again = await runner.UpAsync(CancellationToken.None);

        Assert.Equal(MigrationRunner.All.Count, dry.Count);
        Assert.Equal(SchemaState.Behind, afterDry);
        Assert.Equal(0, left);
        Assert.Equal(MigrationRunner.All.Count, again.Count);
        Assert.Equal(SchemaState.Current, await runner.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Ten_runners_at_once_apply_each_migration_once()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();

        var applied = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => new MigrationRunner(db.Owner).UpAsync(CancellationToken.None))
        );

        Assert.Equal(MigrationRunner.All.Count, applied.Sum(static list => list.Count));
    }
}
