using System.Text.Json.Nodes;

namespace Identity.Server.Protocol.Engine.Metadata;

/// <summary>The members that features write into the metadata. They override those of the engine.</summary>
internal sealed class MetadataDocument
{
    private readonly SortedDictionary<string, JsonNode?> _members = new(StringComparer.Ordinal);

    /// <summary>The members by name, in ordinal order. A null member is omitted from the document.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Members => _members;

    /// <exception cref="InvalidOperationException">Another part wrote this member: a bug.</exception>
    public void Add(string name, JsonNode value) => Write(name, value);

    /// <inheritdoc cref="Add(string, JsonNode)" />
    public void Add(string name, IEnumerable<string> values) =>
        Write(name, new JsonArray([.. values.Select(static value => JsonValue.Create(value))]));

    /// <summary>Omits a member that the engine would write.</summary>
    /// <inheritdoc cref="Add(string, JsonNode)" />
    public void Remove(string name) => Write(name, null);

    private void Write(string name, JsonNode? value)
    {
        if (!_members.TryAdd(name, value))
            throw new InvalidOperationException($"Two parts of the metadata write {name}.");
    }
}
