using System.Globalization;
using System.Text.Json;
using Identity.Core.Attributes;
using Identity.Server.Admin.Console.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>What an attribute is called on a page.</summary>
internal static class AttributeLabels
{
    /// <summary>The label in the page's language, else in English, else the name.</summary>
    public static string Of(AttributeDefinition definition)
    {
        var culture = CultureInfo.CurrentUICulture;
        foreach (var language in new[] { culture.Name, culture.TwoLetterISOLanguageName, "en" })
        {
            if (definition.Labels.TryGetValue(language, out var label))
                return label;
        }
        return definition.Name;
    }

    /// <summary>The value as it is typed; null where there is none.</summary>
    public static string? Plain(AttributeValue attribute) =>
        attribute.Value switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            var other => other.Value.GetRawText(),
        };

    /// <summary>The value in words.</summary>
    public static string Text(AttributeValue attribute, IStringLocalizer<AttributeTexts> texts) =>
        attribute.Value?.ValueKind switch
        {
            JsonValueKind.True => texts["Value.Yes"],
            JsonValueKind.False => texts["Value.No"],
            _ => Plain(attribute) ?? texts["Value.NotSet"],
        };
}
