using Npgsql;

namespace Identity.Core.Bench;

/// <summary>The mark that makes a database a bench. It stands in a schema of its own, <c>bench</c>, which the product
/// never makes.</summary>
internal static class BenchDatabase
{
    private const string Marked = "SELECT to_regclass('bench.mark') IS NOT NULL";

    private const string Mark = """
        CREATE SCHEMA bench;
        CREATE TABLE bench.mark (users integer NOT NULL, sessions integer NOT NULL, refresh_tokens integer NOT NULL,
            events integer NOT NULL, marked_at timestamptz NOT NULL DEFAULT now(), filled_at timestamptz);
        CREATE TABLE bench.progress (step text PRIMARY KEY, done bigint NOT NULL);
        CREATE TABLE bench.saved (number integer PRIMARY KEY, dropped text NOT NULL, created text NOT NULL,
            name text NOT NULL);
        GRANT USAGE ON SCHEMA bench TO identity_app;
        GRANT SELECT ON bench.mark TO identity_app;
        """;

    /// <summary>The size of a marked database; null for any other.</summary>
    public static async Task<(BenchSize Size, bool IsFilled)?> FindAsync(
        NpgsqlDataSource source,
        CancellationToken cancellationToken
    )
    {
        await using var exists = source.CreateCommand(Marked);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return null;
        await using var command = source.CreateCommand(
            "SELECT users, sessions, refresh_tokens, events, filled_at IS NOT NULL FROM bench.mark"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (
                new(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3)),
                reader.GetBoolean(4)
            )
            : null;
    }

    /// <summary>Marks an empty database. False when anybody has an account in it.</summary>
    public static async Task<bool> MarkAsync(
        NpgsqlDataSource owner,
        BenchSize size,
        CancellationToken cancellationToken
    )
    {
        await using var used = owner.CreateCommand("SELECT EXISTS (SELECT FROM public.users)");
        if (await used.ExecuteScalarAsync(cancellationToken) is true)
            return false;
        await using var mark = owner.CreateCommand(Mark);
        await mark.ExecuteNonQueryAsync(cancellationToken);
        await using var sizes = owner.CreateCommand(
            "INSERT INTO bench.mark (users, sessions, refresh_tokens, events) VALUES ($1, $2, $3, $4)"
        );
        foreach (var number in new[] { size.Users, size.Sessions, size.RefreshTokens, size.Events })
            sizes.Parameters.Add(new() { Value = number });
        await sizes.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }
}
