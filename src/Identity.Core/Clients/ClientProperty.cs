using System.Globalization;
using System.Reflection;
using Identity.Core.Primitives;

namespace Identity.Core.Clients;

/// <summary>How the value of a property is entered.</summary>
public enum ClientPropertyKind
{
    Text,
    LongText,
    Number,
    Duration,
    Boolean,
    Choice,

    /// <summary>Texts, one per line.</summary>
    List,
}

/// <summary>One property of an app as a form offers it: its name, its kind and its possible values. The value is text
/// in both directions, so that a refused form shows what was typed.</summary>
/// <param name="Name">Its name in <see cref="ClientDefinition"/>; a right of <see cref="TokenExchangeDefinition"/> has
/// a dot.</param>
/// <param name="Choices">The values to choose from; empty for free text.</param>
public sealed record ClientProperty(string Name, ClientPropertyKind Kind, IReadOnlyList<string> Choices)
{
    private const char Dot = '.';

    /// <summary>The text of the property in a definition; empty if it is not set.</summary>
    public string Read(ClientDefinition definition)
    {
        var (holder, property) = Find(definition, create: false);
        return holder is null ? string.Empty : Format(property.GetValue(holder));
    }

    /// <summary>The default value; empty for none.</summary>
    public string DefaultIn(Client effective)
    {
        var property = typeof(Client).GetProperty(Name) ?? typeof(ClientProtocols).GetProperty(Name);
        return property is null
            ? string.Empty
            : Format(property.GetValue(property.DeclaringType == typeof(Client) ? effective : effective.Protocols));
    }

    /// <summary>Writes a text into a definition; an empty text removes the value. False if the text is not of the
    /// property's kind.</summary>
    public bool TryWrite(ClientDefinition definition, string? text)
    {
        var empty = string.IsNullOrWhiteSpace(text);
        var (holder, property) = Find(definition, create: !empty);
        if (holder is null)
            return true;
        if (empty && Nullable.GetUnderlyingType(property.PropertyType) is null && property.PropertyType.IsValueType)
            return false;
        if (!empty && Kind == ClientPropertyKind.Text && !UntrustedText.IsLine(text!.Trim()))
            return false;
        var (known, value) = empty ? (true, null) : Parse(property.PropertyType, text!.Trim());
        if (known)
            property.SetValue(holder, value);
        return known;
    }

    private (object? Holder, PropertyInfo Property) Find(ClientDefinition definition, bool create)
    {
        if (!Name.Contains(Dot))
            return (definition, typeof(ClientDefinition).GetProperty(Name)!);
        if (create)
            definition.TokenExchange ??= new();
        return (definition.TokenExchange, typeof(TokenExchangeDefinition).GetProperty(Name.Split(Dot)[1])!);
    }

    private static (bool Known, object? Value) Parse(Type type, string text)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string))
            return (true, text);
        if (plain == typeof(bool))
            return (bool.TryParse(text, out var flag), flag);
        if (plain == typeof(long))
            return (
                long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number),
                number
            );
        if (plain == typeof(TimeSpan))
            return (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var length), length);
        if (plain.IsEnum)
            return Enum.GetNames(plain).Contains(text) ? (true, Enum.Parse(plain, text)) : (false, null);
        return (
            true,
            text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList()
        );
    }

    private static string Format(object? value) =>
        value switch
        {
            null => string.Empty,
            string text => text,
            bool flag => flag ? "true" : "false",
            TimeSpan length => length.ToString("c", CultureInfo.InvariantCulture),
            IEnumerable<string> items => string.Join('\n', items),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? string.Empty,
        };
}
