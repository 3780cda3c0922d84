namespace Identity.Core.Import.Clients;

/// <summary>The rows of the other tables of Duende's configuration store, found by the client's id.</summary>
internal sealed class DuendeTables
{
    private readonly ILookup<(string Table, string Client), SourceObject> _rows;

    private DuendeTables(ILookup<(string Table, string Client), SourceObject> rows) => _rows = rows;

    private static readonly string[] Names =
    [
        "ClientGrantTypes",
        "ClientScopes",
        "ClientRedirectUris",
        "ClientPostLogoutRedirectUris",
        "ClientCorsOrigins",
        "ClientSecrets",
    ];

    /// <summary>The tables; null for a settings file.</summary>
    public static DuendeTables? Read(SourceObject file) =>
        file.Has("ClientGrantTypes")
            ? new(
                Names
                    .SelectMany(table => file.Objects(table).Select(row => (table, row)))
                    .ToLookup(static pair => (pair.table, pair.row.Text("ClientId") ?? ""), static pair => pair.row)
            )
            : null;

    /// <summary>The rows of one client.</summary>
    public Rows Of(SourceObject client)
    {
        var number = client.Text("Id") ?? "";
        return new(
            Column("ClientGrantTypes", "GrantType"),
            Column("ClientScopes", "Scope"),
            Column("ClientRedirectUris", "RedirectUri"),
            Column("ClientPostLogoutRedirectUris", "PostLogoutRedirectUri"),
            Column("ClientCorsOrigins", "Origin"),
            [.. _rows[("ClientSecrets", number)]]
        );

        List<string> Column(string table, string name) =>
            [.. _rows[(table, number)].Select(row => row.Text(name)).OfType<string>()];
    }

    /// <summary>The rows of one client by table.</summary>
    internal sealed record Rows(
        List<string> GrantTypes,
        List<string> Scopes,
        List<string> RedirectUris,
        List<string> PostLogoutRedirectUris,
        List<string> CorsOrigins,
        List<SourceObject> Secrets
    );
}
