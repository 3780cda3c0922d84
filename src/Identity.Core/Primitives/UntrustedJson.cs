using System.Text.Json;

namespace Identity.Core.Primitives;

/// <summary> Parses JSON from outside (RFC 8259 with the restrictions of RFC 7493): no duplicate members, no deep
/// nesting, every name and text valid by <see cref="UntrustedText"/>, every number within the range of a double. The
/// result can be read, compared, stored and written again without an exception.
/// </summary>
public static class UntrustedJson
{
    private const int MaxNumberLength = 64;

    /// <summary>Parses a document of UTF-8 bytes, whatever charset is declared (RFC 8259 section 8.1). Null if it is
    /// not JSON by these rules. The caller disposes it.</summary>
    public static JsonDocument? Read(ReadOnlyMemory<byte> utf8, int maxDepth = 16)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(utf8, Options(maxDepth));
            if (IsSound(document.RootElement))
                return document;
        }
        catch (Exception malformed) when (IsMalformed(malformed))
        {
            // Unreadable input is not JSON; the caller reports it.
        }
        document?.Dispose();
        return null;
    }

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte}, int)"/>
    public static JsonDocument? Read(string? text, int maxDepth = 16)
    {
        JsonDocument? document = null;
        try
        {
            if (text is null)
                return null;
            document = JsonDocument.Parse(text, Options(maxDepth));
            if (IsSound(document.RootElement))
                return document;
        }
        catch (Exception malformed) when (IsMalformed(malformed))
        {
            // As above.
        }
        document?.Dispose();
        return null;
    }

    /// <summary>A text member; null if it is missing or of another kind, or if this is not an object.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JsonDocumentOptions Options(int maxDepth) =>
        new() { AllowDuplicateProperties = false, MaxDepth = maxDepth };

    // Invalid escapes and bytes throw InvalidOperationException, invalid UTF-16 an ArgumentException.
    private static bool IsMalformed(Exception thrown) =>
        thrown is JsonException or InvalidOperationException or ArgumentException or FormatException;

    private static bool IsSound(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.String => UntrustedText.IsText(json.GetString()),
            JsonValueKind.Number => json.GetRawText().Length <= MaxNumberLength
                && json.TryGetDouble(out var number)
                && double.IsFinite(number),
            JsonValueKind.Array => json.EnumerateArray().All(IsSound),
            JsonValueKind.Object => json.EnumerateObject()
                .All(static member => UntrustedText.IsText(member.Name) && IsSound(member.Value)),
            _ => true,
        };
}
