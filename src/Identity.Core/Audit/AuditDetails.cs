using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Identity.Core.Audit;

/// <summary>Writes details as JSON: typed, truncated, limited in number, and without characters that PostgreSQL's jsonb
/// rejects (LG-2).</summary>
internal static class AuditDetails
{
    /// <summary>The longest text that is kept, in UTF-16 units.</summary>
    public const int MaxTextLength = 256;

    private const int MaxEntries = 24;
    private const int MaxItems = 32;
    private const int MaxNameLength = 64;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Default };

    /// <summary>The details as a JSON object.</summary>
    /// <exception cref="ArgumentException">A value has a type that the log does not accept: a bug in the
    /// caller.</exception>
    public static string Write(IReadOnlyDictionary<string, object?>? details)
    {
        if (details is null || details.Count == 0)
            return "{}";

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in details.Take(MaxEntries))
            {
                writer.WritePropertyName(Cut(name, MaxNameLength));
                WriteValue(writer, name, value);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>At most <paramref name="length"/> UTF-16 units, whole characters only; control characters and lone
    /// surrogates become U+FFFD.</summary>
    public static string Cut(string text, int length)
    {
        var kept = new StringBuilder(Math.Min(text.Length, length));
        foreach (var rune in text.EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > length)
                break;
            kept.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }
        return kept.ToString();
    }

    private static void WriteValue(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(Cut(text, MaxTextLength));
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case Guid id:
                writer.WriteStringValue(id);
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
                break;
            case IEnumerable<string> items:
                writer.WriteStartArray();
                foreach (var item in items.Take(MaxItems))
                    writer.WriteStringValue(Cut(item, MaxTextLength));
                writer.WriteEndArray();
                break;
            default:
                throw new ArgumentException(
                    $"Audit detail {name} is of type {value.GetType().Name}, which the log does not take."
                );
        }
    }
}
