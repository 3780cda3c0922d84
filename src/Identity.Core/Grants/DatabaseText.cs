using System.Text;
using System.Text.Json;

namespace Identity.Core.Grants;

/// <summary>What PostgreSQL can hold as text: everything but NUL and halves of surrogate pairs. What it cannot never
/// equals anything that is stored.</summary>
internal static class DatabaseText
{
    /// <summary>Whether this can stand in the database, and so may be sent to it.</summary>
    public static bool Holds([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? text)
    {
        if (text is null)
            return false;
        for (var rest = text.AsSpan(); !rest.IsEmpty; )
        {
            if (
                Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done
                || rune.Value == 0
            )
                return false;
            rest = rest[used..];
        }
        return true;
    }

    /// <summary>The same of every name and every text in a JSON value.</summary>
    public static bool Holds(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return Holds(Unescaped(json));
            case JsonValueKind.Array:
                return json.EnumerateArray().All(Holds);
            case JsonValueKind.Object:
                return json.EnumerateObject().All(static member => Holds(Name(member)) && Holds(member.Value));
            default:
                return true;
        }
    }

    // Half of a pair in an escape is no text at all: the reader says so by an exception.
    private static string? Unescaped(JsonElement json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
