using System.Globalization;
using System.Text.Json;

namespace Identity.Core.Import.Clients;

/// <summary>An object of another system's file that remembers which members were read, so that the rest can be
/// listed.</summary>
internal sealed class SourceObject
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _read = new(StringComparer.OrdinalIgnoreCase);

    public SourceObject(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return;
        foreach (var member in json.EnumerateObject())
            _members[member.Name] = member.Value;
    }

    /// <summary>Text, or a number as text; null for nothing.</summary>
    public string? Text(string name) =>
        Member(name) switch
        {
            { ValueKind: JsonValueKind.String } text when text.GetString() is { Length: > 0 } value => value,
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => null,
        };

    /// <summary>A boolean, also as text or as 0 and 1.</summary>
    public bool? Flag(string name) =>
        Member(name) switch
        {
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { } => Text(name)?.ToLowerInvariant() switch
            {
                "true" or "1" => true,
                "false" or "0" => false,
                _ => null,
            },
            null => null,
        };

    /// <summary>A positive number of seconds.</summary>
    public TimeSpan? Seconds(string name) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>The texts of a list, which may also be JSON in a text or a text joined by <c>##</c>.</summary>
    public List<string> Texts(string name)
    {
        if (Member(name) is { ValueKind: JsonValueKind.Array } list)
            return [.. Strings(list)];
        if (Text(name) is not { } text)
            return [];
        using var parsed = Primitives.UntrustedJson.Read(text);
        return parsed?.RootElement.ValueKind == JsonValueKind.Array
            ? [.. Strings(parsed.RootElement)]
            : [.. text.Split("##", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    /// <summary>The objects of a list.</summary>
    public List<SourceObject> Objects(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(static one => new SourceObject(one))]
            : [];

    /// <summary>A nested object; an empty one if there is none.</summary>
    public SourceObject Object(string name) => new(Member(name) ?? default);

    /// <summary>Marks members as read that have no meaning in another system.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _read.Add(name);
    }

    /// <summary>Whether there is such a member.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Members that have a value and were not read.</summary>
    public IEnumerable<string> Unread() =>
        _members.Where(member => !_read.Contains(member.Key) && Says(member.Value)).Select(static member => member.Key);

    private JsonElement? Member(string name)
    {
        _read.Add(name);
        return _members.TryGetValue(name, out var value) ? value : null;
    }

    private static IEnumerable<string> Strings(JsonElement list) =>
        list.EnumerateArray()
            .Where(static one => one.ValueKind == JsonValueKind.String)
            .Select(static one => one.GetString()!)
            .Where(static text => text.Length > 0);

    private static bool Says(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => false,
            JsonValueKind.Array => value.GetArrayLength() > 0,
            JsonValueKind.Object => value.EnumerateObject().Any(),
            JsonValueKind.String => value.GetString() is not ("" or "[]" or "{}" or "false"),
            _ => true,
        };
}
