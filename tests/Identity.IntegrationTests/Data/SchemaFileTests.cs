using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Testing;

namespace Identity.IntegrationTests.Data;

/// <summary>db/schema.sql is generated here: IDENTITY_WRITE_SCHEMA=1 dotnet test tests/Identity.IntegrationTests
/// --filter SchemaFileTests writes it anew.</summary>
public sealed partial class SchemaFileTests
{
    private static readonly string SchemaFile = Repository.PathOf("db/schema.sql");

    [Fact]
    public async Task The_schema_file_is_what_the_migrations_make()
    {
        await using var migrated = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        if (Environment.GetEnvironmentVariable("IDENTITY_WRITE_SCHEMA") == "1")
            await File.WriteAllTextAsync(SchemaFile, await GenerateAsync(migrated));
        await using var fresh = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();

        var (exitCode, output) = await Psql.RunFileAsync(fresh.OwnerConnectionString, "db/schema.sql");

        Assert.True(exitCode == 0, output);
        Assert.Equal(await Catalogue.DescribeAsync(migrated), await Catalogue.DescribeAsync(fresh));
        Assert.Equal(SchemaState.Current, await new MigrationRunner(fresh.Owner).StateAsync(CancellationToken.None));
        Assert.Equal(
            8L,
            await fresh.ScalarAsync<long>(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.audit_logs'::regclass"
            )
        );
    }

    [Fact]
    public void The_schema_file_names_the_22_indexes()
    {
        var named = IndexName()
            .Matches(File.ReadAllText(SchemaFile))
            .Select(static match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "idx_audit_logs_created_at",
                "idx_audit_logs_event_type_created",
                "idx_audit_logs_ip_created",
                "idx_audit_logs_status_type",
                "idx_audit_logs_user_created",
                "idx_email_verification_tokens_token_hash",
                "idx_email_verification_tokens_user_id",
                "idx_password_reset_tokens_expires_at",
                "idx_password_reset_tokens_token_hash",
                "idx_password_reset_tokens_user_id",
                "idx_refresh_tokens_expires_at",
                "idx_refresh_tokens_session_id",
                "idx_refresh_tokens_token_hash",
                "idx_sessions_expires_at",
                "idx_sessions_last_activity_at",
                "idx_sessions_token_hash",
                "idx_sessions_user_active_expires",
                "idx_sessions_user_id",
                "idx_users_account_locked_until",
                "idx_users_created_at",
                "idx_users_email",
                "idx_users_last_login_at",
            ],
            named
        );
    }

    private static async Task<string> GenerateAsync(TestDatabase migrated)
    {
        // The months follow the calendar: they are made by a function call at the end of the file.
        var (exitCode, dump) = await Psql.RunAsync(
            "pg_dump",
            migrated.OwnerConnectionString,
            "--schema-only",
            "--no-owner",
            "--exclude-table=idp.audit_logs_2*"
        );
        Assert.True(exitCode == 0, dump);
        var body = string.Join(
            '\n',
            dump.Split('\n')
                .Where(static line =>
                    !line.StartsWith("--", StringComparison.Ordinal)
                    && !line.StartsWith('\\')
                    && !line.StartsWith("SET ", StringComparison.Ordinal)
                    && !line.StartsWith("SELECT pg_catalog.set_config", StringComparison.Ordinal)
                )
        );
        var rows = string.Join(",\n    ", MigrationRunner.All.Select(static m => $"({m.Version}, '{m.Name}')"));
        return $"""
            -- The whole current schema, generated from db/migrations by a test (SchemaFileTests) that also compares the
            -- two. Not edited by hand. A new database is made by it or by the migrations, whichever is preferred:
            -- psql "$POSTGRES_URL_NON_POOLING" -v ON_ERROR_STOP=1 -f db/schema.sql
            BEGIN;
            SET LOCAL check_function_bodies = false;
            DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles
                WHERE rolname = 'identity_app') THEN CREATE ROLE identity_app NOLOGIN; END IF; END $$;

            {BlankLines().Replace(body, "\n\n").Trim()}

            INSERT INTO idp.schema_migrations (version, name) VALUES
                {rows};
            DO $$ BEGIN PERFORM idp.ensure_audit_partitions(6); END $$;
            COMMIT;

            """;
    }

    [GeneratedRegex(@"CREATE (?:UNIQUE )?INDEX (idx_\w+)")]
    private static partial Regex IndexName();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex BlankLines();
}
