using Identity.IntegrationTests.Data;
using Identity.Testing;

namespace Identity.IntegrationTests.Scale;

/// <summary>db/citus.sql against the schema of today. Citus itself is not there: two functions stand in for it and hold
/// its rules, so that a new table or key that cannot be distributed is found here.</summary>
public sealed class ShardingTests
{
    private const string StandIns = """
        CREATE SCHEMA citus;
        CREATE TABLE citus.placed (place regclass PRIMARY KEY, key name);
        CREATE FUNCTION public.create_reference_table(place text) RETURNS void LANGUAGE sql AS $$
            INSERT INTO citus.placed VALUES (place::regclass, NULL)
        $$;
        CREATE FUNCTION public.create_distributed_table(place text, key text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            number smallint := (SELECT attnum FROM pg_attribute
                WHERE attrelid = place::regclass AND attname = key AND attnotnull);
            wrong  text;
        BEGIN
            IF number IS NULL THEN
                RAISE EXCEPTION '%: no column % that is never null', place, key;
            END IF;
            SELECT indexrelid::regclass INTO wrong FROM pg_index
                WHERE indrelid = place::regclass AND indisunique AND NOT number = ANY (indkey) LIMIT 1;
            IF wrong IS NOT NULL THEN
                RAISE EXCEPTION '%: the unique key % does not contain %', place, wrong, key;
            END IF;
            INSERT INTO citus.placed VALUES (place::regclass, key);
        END
        $$;
        """;

    [Fact]
    public async Task Every_table_has_its_place_and_every_unique_and_foreign_key_stays_within_a_shard()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await db.ExecuteAsync("INSERT INTO audit_logs (event_type, event_status) VALUES ('login', 'failure')");
        await RunAsync(db, StandIns);

        var (exitCode, output) = await Psql.RunFileAsync(db.OwnerConnectionString, "db/citus.sql");

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            "",
            await db.ScalarAsync<string>(
                """
                SELECT coalesce(string_agg(c.oid::regclass::text, ', '), '') FROM pg_class c
                WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                  AND c.relnamespace IN ('public'::regnamespace, 'idp'::regnamespace)
                  AND NOT EXISTS (SELECT FROM citus.placed p WHERE p.place = c.oid)
                """
            )
        );
        Assert.Equal(
            "",
            await db.ScalarAsync<string>(
                """
                SELECT coalesce(string_agg(k.conname, ', '), '') FROM pg_constraint k
                JOIN citus.placed a ON a.place = k.conrelid JOIN citus.placed b ON b.place = k.confrelid
                JOIN pg_attribute key ON key.attrelid = a.place AND key.attname = coalesce(a.key, 'none')
                WHERE k.contype = 'f' AND b.key IS NOT NULL AND NOT key.attnum = ANY (k.conkey)
                """
            )
        );
    }

    [Fact]
    public async Task A_unique_key_without_the_person_is_refused()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        await RunAsync(db, StandIns);

        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            RunAsync(db, "SELECT create_distributed_table('idp.token_families', 'user_id')")
        );

        Assert.Contains("does not contain user_id", refusal.MessageText, StringComparison.Ordinal);
    }

    private static Task RunAsync(TestDatabase db, string sql) => db.ExecuteAsync(sql);
}
