using Identity.Core.Clients;
using Identity.Core.PersonalTokens;
using Npgsql;

namespace Identity.Server.Admin.Findings;

/// <summary>Scopes that an app of the database or the settings of personal access tokens name, and that do not exist.
/// Such an app is not served, and such a scope is not offered. The start refuses an app of the configuration that does
/// it.</summary>
internal static class ScopeFindings
{
    private const string Used = """
        SELECT c.client_id, used.scope FROM idp.clients c
            CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(c.definition -> 'scopes')
                WHEN 'array' THEN c.definition -> 'scopes' ELSE '[]' END) used (scope)
        WHERE NOT EXISTS (SELECT FROM idp.scopes s WHERE s.name = used.scope)
        UNION ALL
        SELECT NULL, named FROM unnest(@personal) named
        WHERE NOT EXISTS (SELECT FROM idp.scopes s WHERE s.name = named)
        ORDER BY 1, 2
        """;

    public static async Task ReadAsync(
        NpgsqlDataSource source,
        IConfiguration configuration,
        Action<string, string> warn,
        CancellationToken cancel
    )
    {
        var known = configuration
            .GetSection("Identity:Scopes")
            .GetChildren()
            .Select(static scope => scope[nameof(ScopeDefinition.Name)] ?? scope.Key)
            .Concat(ApiScope.Standard.Concat(ApiScope.Administration("")).Select(static scope => scope.Name))
            .ToHashSet(StringComparer.Ordinal);
        await using var command = source.CreateCommand(Used);
        command.Parameters.AddWithValue("personal", OnOffer(configuration));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var (client, scope) = (reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetString(1));
            if (!known.Contains(scope))
                warn(
                    "scopes",
                    (client is null ? PersonalTokenOptions.Section : $"The app {client}")
                        + $" names the scope '{scope}', which does not exist. "
                        + "Add it (identity scopes add), or remove it there."
                );
        }
    }

    private static string[] OnOffer(IConfiguration configuration) =>
        [
            .. configuration
                .GetSection($"{PersonalTokenOptions.Section}:{nameof(PersonalTokenOptions.Scopes)}")
                .GetChildren()
                .Select(static scope => scope[nameof(PersonalTokenScope.Name)])
                .OfType<string>(),
        ];
}
