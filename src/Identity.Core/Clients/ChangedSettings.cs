using System.Text.Json.Nodes;

namespace Identity.Core.Clients;

/// <summary>An operator's changes as the audit log records them: the names of all settings, and the old and new value
/// of the first few. Secrets are named and never shown.</summary>
internal static class ChangedSettings
{
    // Each takes two entries of the log's details, in addition to those of every administrative action.
    private const int MaxShown = 8;
    private static readonly string[] NeverShown = ["secret", "secrets"];

    /// <param name="before">The JSON object as it was; null for a new one.</param>
    /// <param name="after">The new JSON object.</param>
    public static Dictionary<string, object?> Describe(string? before, string after)
    {
        var (old, now) = (Parse(before), Parse(after));
        string[] changed =
        [
            .. old.Select(static member => member.Key)
                .Union(now.Select(static member => member.Key), StringComparer.Ordinal)
                .Where(name => !JsonNode.DeepEquals(old[name], now[name]))
                .Order(StringComparer.Ordinal),
        ];
        Dictionary<string, object?> details = new(StringComparer.Ordinal) { ["changed"] = changed };
        foreach (var name in changed.Except(NeverShown, StringComparer.Ordinal).Take(MaxShown))
        {
            if (old[name] is { } former)
                details[$"old.{name}"] = Value(former);
            if (now[name] is { } value)
                details[$"new.{name}"] = Value(value);
        }
        return details;
    }

    private static JsonObject Parse(string? json) => json is null ? [] : JsonNode.Parse(json) as JsonObject ?? [];

    private static object Value(JsonNode value) =>
        value switch
        {
            JsonArray items when items.All(static item => item is JsonValue) => items
                .Select(static item => item!.ToString())
                .ToArray(),
            JsonValue single => single.ToString(),
            _ => value.ToJsonString(),
        };
}
