using Identity.Core.PersonalData;
using Identity.Testing;

namespace Identity.IntegrationTests.Privacy;

/// <summary>Each room says what it forgets of a person, and no table of a person is left out.</summary>
public sealed class PersonalDataTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    // Rows that outlive the person by intention: the audit log and the ledger of logouts hold the bare id. Refresh
    // tokens go with their session (ON DELETE CASCADE).
    private static readonly string[] Outlive = ["public.audit_logs", "idp.logout_deliveries", "public.refresh_tokens"];

    [Fact]
    public async Task Every_table_with_a_person_in_it_is_erased_by_a_statement_of_a_room()
    {
        await using var rooms = new Rooms(fixture.Database);
        var statements = string.Join('\n', rooms.All<PersonalDataStatements>().Select(static room => room.Erase));

        var tables = await rooms.Db.QueryAsync(
            """
            SELECT n.nspname || '.' || c.relname FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attname = 'user_id' AND n.nspname IN ('public', 'idp') AND c.relkind IN ('r', 'p')
                AND NOT c.relispartition
            """,
            static row => row.GetString(0),
            default
        );

        Assert.NotEmpty(tables);
        Assert.All(
            tables.Except(Outlive),
            table => Assert.Contains($"DELETE FROM {table} ", statements, StringComparison.Ordinal)
        );
        Assert.Contains("UPDATE public.users", statements, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_room_registers_its_statements_once()
    {
        await using var rooms = new Rooms(fixture.Database);

        var names = rooms.All<PersonalDataStatements>().Select(static room => room.Room).ToList();

        Assert.Equal(names.Distinct(), names);
        Assert.Superset(
            new HashSet<string>
            {
                "Users",
                "Sessions",
                "Grants",
                "TwoFactor",
                "Passkeys",
                "External",
                "Recovery",
                "Mail",
            },
            names.ToHashSet()
        );
    }
}
