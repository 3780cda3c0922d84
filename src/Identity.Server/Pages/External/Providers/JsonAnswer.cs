using System.Text.Json;

namespace Identity.Server.Pages.External.Providers;

/// <summary>Reads single values of a provider's JSON, which may have any shape.</summary>
internal static class JsonAnswer
{
    /// <summary>A text, a number or a flag as text; null for anything else, for an empty text and for no
    /// object.</summary>
    public static string? TextOf(this JsonElement answer, string name)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(name, out var value))
            return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>Whether the value is the JSON literal <c>true</c>.</summary>
    public static bool IsTrue(this JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object
        && answer.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.True;
}
