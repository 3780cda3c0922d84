using System.Collections.Frozen;
using System.Text.Json;

namespace Identity.Core.Profile;

/// <summary>A role of a person as apps see it, never an administrative one.</summary>
/// <param name="ClientId">The client whose role it is; null for a role of every app.</param>
public sealed record SubjectRole(string Name, string? ClientId);

/// <summary>What the organisation stores about a person in addition to the standard claims: roles, groups,
/// attributes.</summary>
/// <param name="Roles">Held directly or through a group.</param>
public sealed record SubjectEntitlements(
    IReadOnlyList<SubjectRole> Roles,
    IReadOnlyList<string> Groups,
    IReadOnlyDictionary<string, JsonElement> Attributes
)
{
    /// <summary>One column, null if there is nothing. It is part of the statement that claims or reads the grant, so
    /// that roles need no command of their own. The statement must use the alias <c>u</c> for the account.</summary>
    internal const string Select = """
        nullif(jsonb_strip_nulls(jsonb_build_object(
            'roles', (SELECT jsonb_agg(jsonb_build_object('name', r.name, 'client', r.client_id)
                                       ORDER BY r.name COLLATE "C", r.client_id COLLATE "C")
                FROM (SELECT h.role_id FROM idp.user_roles h WHERE h.user_id = u.id
                      UNION
                      SELECT c.role_id FROM idp.user_groups m JOIN idp.group_roles c ON c.group_id = m.group_id
                      WHERE m.user_id = u.id) held
                JOIN idp.roles r ON r.id = held.role_id WHERE NOT r.is_administrative),
            'groups', (SELECT jsonb_agg(g.name ORDER BY g.name COLLATE "C")
                FROM idp.user_groups m JOIN idp.groups g ON g.id = m.group_id WHERE m.user_id = u.id),
            'attributes', (SELECT jsonb_object_agg(a.name, a.value)
                FROM idp.user_attributes a WHERE a.user_id = u.id))), '{}')
        """;

    public static SubjectEntitlements None { get; } = new([], [], FrozenDictionary<string, JsonElement>.Empty);

    /// <summary>The names of the groups as a claim; null if there are none.</summary>
    internal JsonElement? GroupNames => Names(Groups);

    /// <summary>The names of the roles that concern a client, as a claim; null if there are none.</summary>
    internal JsonElement? RolesFor(string clientId) =>
        Names([
            .. Roles
                .Where(role => role.ClientId is null || role.ClientId == clientId)
                .Select(static role => role.Name)
                .Distinct(StringComparer.Ordinal),
        ]);

    internal static SubjectEntitlements Read(string json)
    {
        var root = JsonElement.Parse(json);
        return new(
            root.TryGetProperty("roles", out var roles) ? [.. roles.EnumerateArray().Select(Role)] : [],
            root.TryGetProperty("groups", out var groups)
                ? [.. groups.EnumerateArray().Select(static name => name.GetString()!)]
                : [],
            root.TryGetProperty("attributes", out var attributes)
                ? attributes
                    .EnumerateObject()
                    .ToDictionary(static one => one.Name, static one => one.Value, StringComparer.Ordinal)
                : FrozenDictionary<string, JsonElement>.Empty
        );
    }

    private static SubjectRole Role(JsonElement role) =>
        new(
            role.GetProperty("name").GetString()!,
            role.TryGetProperty("client", out var client) ? client.GetString() : null
        );

    private static JsonElement? Names(IReadOnlyList<string> names) =>
        names.Count == 0 ? null : JsonSerializer.SerializeToElement(names);
}
