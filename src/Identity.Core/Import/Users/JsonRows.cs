using System.Text.Json;
using Identity.Core.Primitives;

namespace Identity.Core.Import.Users;

/// <summary>Turns JSON objects into rows: this product's, Keycloak's and Firebase's users.</summary>
internal static class JsonRows
{
    /// <summary>The fields of an object. Lists and objects are read only where they are known.</summary>
    public static RawRow Read(long line, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return new(line, new Dictionary<string, string>(), "not a JSON object.");
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            switch (member.Name)
            {
                case "credentials":
                    if (KeycloakPassword(member.Value) is { } password)
                        fields[UserFields.PasswordHash] = password;
                    break;
                case UserFields.Attributes:
                    AddAttributes(fields, member.Value);
                    break;
                case UserFields.Roles or UserFields.Groups:
                    if (!TryReadNames(member.Value, out var names))
                        return new(line, fields, $"{member.Name}: must be a list of names.");
                    fields[member.Name] = names;
                    break;
                default:
                    if (UserFields.NameOf(member.Name) is { } name && Value(member.Value) is { } value)
                        fields[name] = value;
                    break;
            }
        }
        return new(line, fields);
    }

    /// <summary>The fields of one line of JSON Lines.</summary>
    public static RawRow Read(long line, ReadOnlyMemory<byte> utf8)
    {
        using var document = UntrustedJson.Read(utf8);
        return document is null
            ? new(line, new Dictionary<string, string>(), "not JSON, not UTF-8, or a member comes twice.")
            : Read(line, document.RootElement);
    }

    private static string? Value(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Object =>
                value.GetRawText(),
            _ => null,
        };

    // Of several credentials the one of type "password".
    private static string? KeycloakPassword(JsonElement credentials) =>
        credentials.ValueKind == JsonValueKind.Array
            ? credentials
                .EnumerateArray()
                .Where(static one => UntrustedJson.Text(one, "type") == "password")
                .Select(static one => one.GetRawText())
                .FirstOrDefault()
            : null;

    private static bool TryReadNames(JsonElement list, out string names)
    {
        names = "";
        if (
            list.ValueKind != JsonValueKind.Array
            || !list.EnumerateArray().All(static one => one.ValueKind == JsonValueKind.String)
        )
            return false;
        names = string.Join('\n', list.EnumerateArray().Select(static one => one.GetString()));
        return true;
    }

    // Keycloak's attributes are lists; the first value counts. The user's own members take precedence.
    private static void AddAttributes(Dictionary<string, string> fields, JsonElement attributes)
    {
        if (attributes.ValueKind != JsonValueKind.Object)
            return;
        foreach (var attribute in attributes.EnumerateObject())
        {
            var isList = attribute.Value.ValueKind == JsonValueKind.Array;
            var one = isList ? attribute.Value.EnumerateArray().FirstOrDefault() : attribute.Value;
            if (one.ValueKind is JsonValueKind.Undefined || Value(one) is not { } text)
                continue;
            fields.TryAdd(UserFields.AttributePrefix + attribute.Name, text);
            if (isList && Array.Exists(UserFields.Texts, field => field.Name == UserFields.NameOf(attribute.Name)))
                fields.TryAdd(UserFields.NameOf(attribute.Name)!, text);
        }
    }
}
