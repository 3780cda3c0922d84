using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Primitives;

namespace Identity.Core.Attributes;

// Attributes owns what an organisation keeps about people beside the standard profile: the definitions, who may see and
// edit each, and the values. It does not own how they become claims (Profile).

/// <summary>What an attribute is.</summary>
/// <param name="Name">A lower-case letter, then up to 63 lower-case letters, digits and underscores.</param>
/// <param name="ValueType">One of <see cref="ValueTypes"/>.</param>
/// <param name="Labels">What people see, by language.</param>
/// <param name="VisibleTo">One of <see cref="Audiences"/>: the person includes administrators; nobody sees it but apps,
/// by a claim mapping.</param>
/// <param name="EditableBy">One of <see cref="Audiences"/>.</param>
/// <param name="Version">Raised with every change; ignored when an attribute is defined.</param>
public sealed partial record AttributeDefinition(
    string Name,
    string ValueType,
    IReadOnlyDictionary<string, string> Labels,
    string VisibleTo,
    string EditableBy,
    long Version = 0
)
{
    private const int MaxText = 500;
    private const int MaxLabel = 100;
    private const int MaxLabels = 32;

    public const string Person = "person";
    public const string Administrator = "administrator";
    public const string Nobody = "nobody";

    /// <summary>The types of values: text (500 characters at most), a 64-bit integer, true or false, a date
    /// (<c>2026-11-28</c>).</summary>
    public static IReadOnlyList<string> ValueTypes { get; } = ["text", "integer", "boolean", "date"];

    /// <summary>Who may see or edit.</summary>
    public static IReadOnlyList<string> Audiences { get; } = [Person, Administrator, Nobody];

    /// <summary>Null if the definition is valid.</summary>
    internal AdminOutcome? Judge() =>
        !NameForm().IsMatch(Name)
            ? Invalid("name", "Use 1 to 64 lower-case letters, digits and underscores, and begin with a letter.")
        : !ValueTypes.Contains(ValueType) ? Invalid("type", $"Use one of {string.Join(", ", ValueTypes)}.")
        : !Audiences.Contains(VisibleTo) ? Invalid("visible_to", $"Use one of {string.Join(", ", Audiences)}.")
        : !Audiences.Contains(EditableBy) ? Invalid("editable_by", $"Use one of {string.Join(", ", Audiences)}.")
        : EditableBy == Person && VisibleTo != Person
            ? Invalid("editable_by", "A person can't edit what they can't see.")
        : Labels.Count > MaxLabels || Labels.Any(static label => !IsLabel(label.Key, label.Value))
            ? Invalid("labels", $"Use a language tag and 1 to {MaxLabel} characters for each label.")
        : null;

    /// <summary>The value of a text; null if it is not of this type.</summary>
    /// <param name="text">As typed: <c>true</c>, <c>42</c>, <c>2026-11-28</c>, or any text.</param>
    public JsonElement? Parse(string text) =>
        ValueType switch
        {
            "integer" => long.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? JsonSerializer.SerializeToElement(number)
                : null,
            "boolean" => bool.TryParse(text, out var flag) ? JsonSerializer.SerializeToElement(flag) : null,
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, default, out _)
                ? JsonSerializer.SerializeToElement(text)
                : null,
            _ => text.Length is > 0 and <= MaxText && UntrustedText.IsText(text)
                ? JsonSerializer.SerializeToElement(text)
                : null,
        };

    /// <summary>Whether a JSON value is one of this type.</summary>
    public bool Accepts(JsonElement value) =>
        ValueType switch
        {
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => value.ValueKind == JsonValueKind.String && Parse(value.GetString()!) is not null,
        };

    private static bool IsLabel(string language, string text) =>
        LanguageForm().IsMatch(language) && text.Length is > 0 and <= MaxLabel && UntrustedText.IsLine(text);

    private static AdminOutcome.Invalid Invalid(string field, string text) => new(field, text);

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,63}\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}\z")]
    private static partial Regex LanguageForm();
}

/// <summary>An attribute of a person.</summary>
/// <param name="Value">Null where the person has none.</param>
public sealed record AttributeValue(AttributeDefinition Definition, JsonElement? Value);
