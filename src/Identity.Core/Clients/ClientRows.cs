using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>The statements over <c>idp.clients</c>. Every instance learns of a change by NOTIFY, through a trigger on
/// the table.</summary>
internal static class ClientRows
{
    /// <summary>The prefix by which faults name a definition in the database.</summary>
    public const string Section = "idp.clients";

    private const string Columns = "client_id, definition, source, xmin::text, created_at, updated_at";

    public static Task<StoredClient?> FindAsync(
        SqlSession session,
        string clientId,
        CancellationToken cancellationToken
    ) => FindAsync(session, clientId, "", cancellationToken);

    /// <summary>Reads a client and locks it until the transaction ends.</summary>
    public static Task<StoredClient?> LockAsync(
        DatabaseTransaction transaction,
        string clientId,
        CancellationToken cancellationToken
    ) => FindAsync(transaction, clientId, "FOR UPDATE", cancellationToken);

    public static Task<List<StoredClient>> AllAsync(SqlSession session, CancellationToken cancellationToken) =>
        session.QueryAsync($"SELECT {Columns} FROM idp.clients ORDER BY client_id", Map, cancellationToken);

    /// <summary>False if the id exists.</summary>
    public static async Task<bool> InsertAsync(
        DatabaseTransaction transaction,
        string clientId,
        ClientDefinition definition,
        ClientSource source,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            """
            INSERT INTO idp.clients (client_id, definition, source) VALUES (@id, @definition, @source)
            ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("id", clientId),
            ("definition", new Json(definition.ToJson())),
            ("source", NameOf(source))
        ) == 1;

    /// <summary>False when there is none of this id.</summary>
    public static async Task<bool> UpdateAsync(
        DatabaseTransaction transaction,
        string clientId,
        ClientDefinition definition,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            "UPDATE idp.clients SET definition = @definition, updated_at = now() WHERE client_id = @id",
            cancellationToken,
            ("id", clientId),
            ("definition", new Json(definition.ToJson()))
        ) == 1;

    /// <summary>Removes a client and ends its grants, so that a new client with the same id starts with none (RFC 7592
    /// section 2.3). False if the id does not exist.</summary>
    public static async Task<bool> DeleteAsync(
        DatabaseTransaction transaction,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        if (
            await transaction.ExecuteAsync(
                "DELETE FROM idp.clients WHERE client_id = @id",
                cancellationToken,
                ("id", clientId)
            ) == 0
        )
            return false;
        await transaction.ExecuteAsync(
            """
            UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'revoked'
            WHERE client_id = @id AND revoked_at IS NULL
            """,
            cancellationToken,
            ("id", clientId)
        );
        return true;
    }

    /// <summary>Its value in the column <c>source</c>.</summary>
    public static string NameOf(ClientSource source) =>
        source switch
        {
            ClientSource.CommandLine => "command_line",
            ClientSource.Administration => "administration",
            _ => "registration",
        };

    private static Task<StoredClient?> FindAsync(
        SqlSession session,
        string clientId,
        string how,
        CancellationToken cancellationToken
    ) =>
        session.QuerySingleOrDefaultAsync<StoredClient?>(
            $"SELECT {Columns} FROM idp.clients WHERE client_id = @id {how}",
            Map,
            cancellationToken,
            ("id", clientId)
        );

    private static StoredClient Map(Npgsql.NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2) switch
            {
                "command_line" => ClientSource.CommandLine,
                "administration" => ClientSource.Administration,
                _ => ClientSource.Registration,
            },
            row.GetString(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetFieldValue<DateTimeOffset>(5)
        );
}
