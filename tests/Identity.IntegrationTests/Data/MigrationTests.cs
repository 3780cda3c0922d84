using Identity.Core.Data;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Data;

public sealed class MigrationTests
{
    private const string Left =
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', "
        + "'idp')";

    [Fact]
    public async Task Plain_psql_applies_every_file_and_the_runner_recognises_it()
    {
        await using var db = await EmptyAsync();

        foreach (var migration in MigrationRunner.All)
            Assert.Equal(
                (0, ""),
                await Psql.RunFileAsync(db.OwnerConnectionString, $"db/migrations/{migration.Name}.sql")
            );

        var runner = new MigrationRunner(db.Owner);
        Assert.Equal(SchemaState.Current, await runner.StateAsync(CancellationToken.None));
        Assert.Empty(await runner.UpAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Plain_psql_takes_every_file_back_and_leaves_nothing()
    {
        await using var db = await EmptyAsync();
        await new MigrationRunner(db.Owner).UpAsync(CancellationToken.None);

        foreach (var migration in MigrationRunner.All.Reverse())
            Assert.Equal(
                (0, ""),
                await Psql.RunFileAsync(db.OwnerConnectionString, $"db/migrations/rollback_{migration.Version:D3}.sql")
            );

        Assert.Equal(0, await db.ScalarAsync<long>(Left));
        Assert.Equal(
            0,
            await db.ScalarAsync<long>("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        );
        Assert.False(await db.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'idp')"));
    }

    [Fact]
    public async Task Each_step_down_restores_exactly_the_schema_before_it()
    {
        await using var db = await EmptyAsync();
        var runner = new MigrationRunner(db.Owner);
        Dictionary<int, string> before = [];

        foreach (var migration in MigrationRunner.All)
        {
            before[migration.Version] = await Catalogue.DescribeAsync(db);
            await runner.UpAsync(CancellationToken.None, target: migration.Version);
        }

        foreach (var migration in MigrationRunner.All.Reverse())
        {
            await runner.DownAsync(migration.Version - 1, CancellationToken.None);
            Assert.Equal(before[migration.Version], await Catalogue.DescribeAsync(db));
        }
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_applied_is_told_apart()
    {
        await using var db = await MigratedAsync();
        await db.ExecuteAsync("UPDATE idp.schema_migrations SET checksum = sha256('another file') WHERE version = 1");
        var runner = new MigrationRunner(db.Owner);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.UpAsync(CancellationToken.None));

        Assert.Contains("001_initial_schema", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(SchemaState.Changed, await runner.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_schema_of_a_newer_program_is_ahead_and_is_not_taken_back_by_an_older_one()
    {
        await using var db = await MigratedAsync();
        await db.ExecuteAsync("INSERT INTO idp.schema_migrations (version, name) VALUES (999, '999_tomorrow')");
        var runner = new MigrationRunner(db.Owner);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            runner.DownAsync(0, CancellationToken.None)
        );

        Assert.Contains("999_tomorrow", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(SchemaState.Ahead, await runner.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_applications_role_sees_the_state_and_cannot_migrate()
    {
        await using var db = await EmptyAsync();
        await new MigrationRunner(db.Owner).UpAsync(CancellationToken.None, target: 1);
        var runner = new MigrationRunner(db.Application);

        Assert.Equal(SchemaState.Behind, await runner.StateAsync(CancellationToken.None));
        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => runner.UpAsync(CancellationToken.None))).SqlState
        );
        Assert.Equal(SchemaState.Behind, await runner.StateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Psql_killed_in_the_middle_of_a_migration_leaves_nothing_of_it()
    {
        await using var db = await EmptyAsync();
        await using (await StandInTheWayAsync(db))
        {
            using var psql = Psql.Start(
                "psql",
                db.OwnerConnectionString,
                "-v",
                "ON_ERROR_STOP=1",
                "-X",
                "-q",
                "-f",
                Repository.PathOf("db/migrations/001_initial_schema.sql")
            );
            await WaitUntilAsync(
                db,
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name "
                    + "= 'psql' AND wait_event_type = 'Lock')"
            );
            psql.Kill();
            await psql.WaitForExitAsync();
        }

        await WaitUntilAsync(
            db,
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name "
                + "= 'psql')"
        );

        Assert.Equal(0, await db.ScalarAsync<long>(Left));
        Assert.Equal(
            MigrationRunner.All.Count,
            (await new MigrationRunner(db.Owner).UpAsync(CancellationToken.None)).Count
        );
    }

    [Fact]
    public async Task A_runner_cut_off_in_the_middle_of_a_migration_leaves_nothing_of_it()
    {
        await using var db = await EmptyAsync();
        await using (await StandInTheWayAsync(db))
        {
            var running = Task.Run(() => new MigrationRunner(db.Owner).UpAsync(CancellationToken.None));
            await WaitUntilAsync(
                db,
                """
                SELECT coalesce((SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                                 WHERE datname = current_database() AND wait_event_type = 'Lock'
                                     AND query LIKE '%CREATE TABLE public.refresh_tokens%'), false)
                """
            );
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => running);
        }

        Assert.Equal(0, await db.ScalarAsync<long>(Left));
        Assert.Equal(
            MigrationRunner.All.Count,
            (await new MigrationRunner(db.Owner).UpAsync(CancellationToken.None)).Count
        );
    }

    // An uncommitted table of the same name: 001 has made half of its tables when it comes to wait for it.
    private static async Task<NpgsqlConnection> StandInTheWayAsync(TestDatabase db)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(db.OwnerConnectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; CREATE TABLE public.refresh_tokens (id int)", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task WaitUntilAsync(TestDatabase db, string condition)
    {
        // Another user's statements are seen only from above.
        await using var source = NpgsqlDataSource.Create(db.SuperUserConnectionString);
        for (var i = 0; i < 300; i++)
        {
            await using var command = source.CreateCommand(condition);
            if (await command.ExecuteScalarAsync() is true)
                return;
            await Task.Delay(50);
        }

        Assert.Fail("never came true: " + condition);
    }

    private static async Task<TestDatabase> EmptyAsync() =>
        await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();

    private static async Task<TestDatabase> MigratedAsync() =>
        await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
}
