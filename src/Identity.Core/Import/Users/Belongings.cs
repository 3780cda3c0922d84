using System.Text.Json;
using Identity.Core.Attributes;
using Identity.Core.Data;

namespace Identity.Core.Import.Users;

/// <summary>A role, a group or an attribute of a person of a file.</summary>
/// <param name="Kind">One of the constants.</param>
/// <param name="Id">Of the role or the group; null for an attribute.</param>
/// <param name="Name">Of the attribute; null for a role and a group.</param>
/// <param name="Value">Of the attribute, as JSON; null for a role and a group.</param>
internal sealed record Belonging(string Kind, Guid? Id, string? Name, string? Value)
{
    public const string Role = "role";
    public const string Group = "group";
    public const string Attribute = "attribute";
}

/// <summary>The roles, groups and attributes there are when an import begins. An import gives nobody an administrative
/// role: otherwise anyone who can write the file could become an administrator.</summary>
internal sealed class BelongingNames
{
    /// <summary>How a file names a role <c>r</c>.</summary>
    public const string RoleName = "CASE WHEN r.client_id IS NULL THEN r.name ELSE r.client_id || ':' || r.name END";

    /// <summary>Whether a role <c>r</c> may be in a file.</summary>
    public const string RoleIsPlain = "NOT r.is_administrative";

    /// <summary>Whether a group <c>g</c> may be in a file.</summary>
    public const string GroupIsPlain = """
        NOT EXISTS (
            SELECT FROM idp.group_roles c JOIN idp.roles r ON r.id = c.role_id
            WHERE c.group_id = g.id AND r.is_administrative)
        """;

    private const int MaxNames = 200;

    private readonly Dictionary<string, Guid> _roles = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Guid> _groups = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, AttributeDefinition> _attributes = new(StringComparer.Ordinal);

    private BelongingNames() { }

    public static async Task<BelongingNames> ReadAsync(Database database, CancellationToken cancellationToken)
    {
        BelongingNames names = new();
        var roles = await database.QueryAsync(
            $"SELECT {RoleName}, r.id FROM idp.roles r WHERE {RoleIsPlain} ORDER BY r.client_id NULLS FIRST",
            static row => (Name: row.GetString(0), Id: row.GetGuid(1)),
            cancellationToken
        );
        var groups = await database.QueryAsync(
            $"SELECT g.name, g.id FROM idp.groups g WHERE {GroupIsPlain}",
            static row => (Name: row.GetString(0), Id: row.GetGuid(1)),
            cancellationToken
        );
        var attributes = await database.QueryAsync(
            $"SELECT {AttributeDefinitions.Columns} FROM idp.attribute_definitions d",
            AttributeDefinitions.Map,
            cancellationToken
        );
        // A role of everyone goes before one of a client whose id and name read the same.
        foreach (var (name, id) in roles)
            names._roles.TryAdd(name, id);
        foreach (var (name, id) in groups)
            names._groups.TryAdd(name, id);
        foreach (var definition in attributes)
            names._attributes.Add(definition.Name, definition);
        return names;
    }

    /// <summary>Reads what a row names, and returns why the row cannot be taken, or null. An attribute that is not
    /// defined is left out, as any other column; a role or a group that does not exist refuses the row.</summary>
    public string? Read(RawRow row, out IReadOnlyList<Belonging> belongings)
    {
        List<Belonging> found = [];
        belongings = found;
        return AddNamed(row, UserFields.Roles, Belonging.Role, _roles, found)
            ?? AddNamed(row, UserFields.Groups, Belonging.Group, _groups, found)
            ?? AddAttributes(row, found);
    }

    private static string? AddNamed(
        RawRow row,
        string field,
        string kind,
        Dictionary<string, Guid> known,
        List<Belonging> found
    )
    {
        if (!row.Fields.TryGetValue(field, out var text))
            return null;
        var names = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length > MaxNames)
            return $"{field}: more than {MaxNames} names.";
        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            // Keycloak writes the path of a group.
            if (!known.TryGetValue(name, out var id) && !known.TryGetValue(name.TrimStart('/'), out id))
                return $"{field}: one does not exist here, or it is administrative.";
            found.Add(new(kind, id, null, null));
        }
        return null;
    }

    private string? AddAttributes(RawRow row, List<Belonging> found)
    {
        foreach (var (field, text) in row.Fields)
        {
            if (
                !field.StartsWith(UserFields.AttributePrefix, StringComparison.Ordinal)
                || text.Length == 0
                || !_attributes.TryGetValue(field[UserFields.AttributePrefix.Length..], out var definition)
            )
                continue;
            if (definition.Parse(text) is not JsonElement value)
                return $"{field}: must be of type {definition.ValueType}.";
            found.Add(new(Belonging.Attribute, null, definition.Name, value.GetRawText()));
        }
        return null;
    }
}
