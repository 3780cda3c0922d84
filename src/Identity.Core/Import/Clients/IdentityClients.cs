using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>This product's own format: section <c>Identity:Clients</c> of a settings file, so that the same file
/// configures a server (<c>--config</c>) or fills a database.</summary>
internal static class IdentityClients
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNameCaseInsensitive = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The file. A client id with a colon gets another key, because the configuration splits keys at
    /// colons.</summary>
    public static string Write(IEnumerable<(string ClientId, ClientDefinition Definition)> clients)
    {
        JsonObject section = [];
        foreach (var (id, definition) in clients)
        {
            var key = id.Replace(':', '-');
            while (section.ContainsKey(key))
                key += "-";
            definition.ClientId = key == id ? null : id;
            section[key] = JsonSerializer.SerializeToNode(definition, Json);
        }
        return new JsonObject { ["Identity"] = new JsonObject { ["Clients"] = section } }.ToJsonString(Json);
    }

    /// <summary>The clients; one with an unknown setting is refused.</summary>
    public static IEnumerable<(ImportedClient? Client, ClientImportRow? Skipped)> Read(JsonElement root)
    {
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("Identity", out var identity)
            || identity.ValueKind != JsonValueKind.Object
            || !identity.TryGetProperty("Clients", out var clients)
            || clients.ValueKind != JsonValueKind.Object
        )
            yield break;
        foreach (var client in clients.EnumerateObject())
            yield return Read(client);
    }

    private static (ImportedClient? Client, ClientImportRow? Skipped) Read(JsonProperty client)
    {
        try
        {
            var definition = client.Value.Deserialize<ClientDefinition>(Json)!;
            var id = definition.ClientId ?? client.Name;
            definition.ClientId = null;
            return (new(id, definition, false, []), null);
        }
        catch (JsonException malformed)
        {
            return (
                null,
                new(client.Name, "refused", null, [$"{malformed.Path}: no setting of a client, or no value of it."])
            );
        }
    }
}
