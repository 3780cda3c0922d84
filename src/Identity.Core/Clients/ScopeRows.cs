using System.Text.Json;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>A scope as it stands in the database.</summary>
/// <param name="Version">The row's version when it was read: PostgreSQL's id of the transaction that wrote it.</param>
public sealed record StoredScope(string Name, string Json, string Version)
{
    /// <summary>The scope; null if the definition is invalid.</summary>
    internal ApiScope? Read(out string problem)
    {
        problem = string.Empty;
        try
        {
            var definition = ScopeDefinition.FromJson(Json);
            problem = string.Join(' ', definition.Faults(Name).Select(static fault => fault.Problem + "."));
            return problem.Length == 0 ? definition.Read(Name) with { IsStored = true } : null;
        }
        catch (JsonException exception)
        {
            problem = exception.Message;
            return null;
        }
    }
}

/// <summary>The statements over <c>idp.scopes</c>. Every instance learns of a change by NOTIFY, through a trigger on
/// the table.</summary>
internal static class ScopeRows
{
    private const string Columns = "name, definition, xmin::text";

    public static Task<List<StoredScope>> AllAsync(SqlSession session, CancellationToken cancellationToken) =>
        session.QueryAsync($"SELECT {Columns} FROM idp.scopes ORDER BY name", Map, cancellationToken);

    public static Task<StoredScope?> FindAsync(SqlSession session, string name, CancellationToken cancellationToken) =>
        session.QuerySingleOrDefaultAsync<StoredScope?>(
            $"SELECT {Columns} FROM idp.scopes WHERE name = @name",
            Map,
            cancellationToken,
            ("name", name)
        );

    /// <summary>Reads a scope and locks it until the transaction ends.</summary>
    public static Task<StoredScope?> LockAsync(
        DatabaseTransaction transaction,
        string name,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<StoredScope?>(
            $"SELECT {Columns} FROM idp.scopes WHERE name = @name FOR UPDATE",
            Map,
            cancellationToken,
            ("name", name)
        );

    /// <summary>Protects scopes from removal until the transaction ends, so that a client that names them can be
    /// written. False if one of them is gone.</summary>
    public static async Task<bool> HoldAsync(
        DatabaseTransaction transaction,
        string[] names,
        CancellationToken cancellationToken
    ) =>
        names.Length == 0
        || (
            await transaction.QueryAsync(
                "SELECT name FROM idp.scopes WHERE name = ANY (@names) ORDER BY name FOR KEY SHARE",
                static row => row.GetString(0),
                cancellationToken,
                ("names", names)
            )
        ).Count == names.Length;

    /// <summary>The stored clients that name a scope.</summary>
    public static Task<List<string>> ClientsOfAsync(
        SqlSession session,
        string name,
        CancellationToken cancellationToken
    ) =>
        session.QueryAsync(
            "SELECT client_id FROM idp.clients WHERE definition -> 'scopes' ? @name ORDER BY client_id LIMIT 20",
            static row => row.GetString(0),
            cancellationToken,
            ("name", name)
        );

    /// <summary>False if the name exists.</summary>
    public static async Task<bool> InsertAsync(
        DatabaseTransaction transaction,
        string name,
        ScopeDefinition definition,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            "INSERT INTO idp.scopes (name, definition) VALUES (@name, @definition) ON CONFLICT DO NOTHING",
            cancellationToken,
            ("name", name),
            ("definition", new Json(definition.ToJson()))
        ) == 1;

    public static Task UpdateAsync(
        DatabaseTransaction transaction,
        string name,
        ScopeDefinition definition,
        CancellationToken cancellationToken
    ) =>
        transaction.ExecuteAsync(
            "UPDATE idp.scopes SET definition = @definition, updated_at = now() WHERE name = @name",
            cancellationToken,
            ("name", name),
            ("definition", new Json(definition.ToJson()))
        );

    public static Task DeleteAsync(DatabaseTransaction transaction, string name, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM idp.scopes WHERE name = @name", cancellationToken, ("name", name));

    private static StoredScope Map(Npgsql.NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2));
}
