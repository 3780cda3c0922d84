using Identity.Core.Attributes;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>What is filled in for an attribute; nothing else of it can be set.</summary>
public sealed class AttributeForm
{
    public string? Name { get; set; }
    public string? Type { get; set; }
    public string? VisibleTo { get; set; }
    public string? EditableBy { get; set; }

    /// <summary>One language a line: <c>en=Department</c>.</summary>
    public string? Labels { get; set; }

    internal static AttributeForm Of(AttributeDefinition definition) =>
        new()
        {
            Name = definition.Name,
            Type = definition.ValueType,
            VisibleTo = definition.VisibleTo,
            EditableBy = definition.EditableBy,
            Labels = string.Join(
                '\n',
                definition
                    .Labels.OrderBy(static label => label.Key, StringComparer.Ordinal)
                    .Select(static label => $"{label.Key}={label.Value}")
            ),
        };

    /// <summary>A line that is no label makes a label of no language, which the definition refuses.</summary>
    internal AttributeDefinition ToDefinition() =>
        new(Name?.Trim() ?? "", Type ?? "", ReadLabels(), VisibleTo ?? "", EditableBy ?? "");

    private Dictionary<string, string> ReadLabels()
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (var line in (Labels ?? "").Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.Length == 0)
                continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            labels[equals < 0 ? "" : line[..equals].TrimEnd()] = line[(equals + 1)..].TrimStart();
        }
        return labels;
    }
}
