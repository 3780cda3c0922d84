using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Identity.Server.Protocol.Tokens.Jose;

/// <summary>Writes the claims of a JWT: names in the given order, without null values.</summary>
internal static class JwtClaims
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Room for the number of claims of most tokens.</summary>
    public const int Usual = 16;

    // Room for the claims of most tokens.
    private const int InitialBytes = 768;

    /// <summary>The claims as a JSON object in UTF-8. A value of an unknown type, which a custom profile service may
    /// return, is written by <see cref="JsonSerializer"/>.</summary>
    public static ReadOnlySpan<byte> Write(IEnumerable<KeyValuePair<string, object?>> claims)
    {
        ArrayBufferWriter<byte> buffer = new(InitialBytes);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in claims)
            {
                if (value is null)
                    continue;
                writer.WritePropertyName(name);
                WriteValue(writer, value);
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }

    private static void WriteValue(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
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
            case JsonElement element:
                element.WriteTo(writer);
                break;
            case IEnumerable<string> items:
                writer.WriteStartArray();
                foreach (var item in items)
                    writer.WriteStringValue(item);
                writer.WriteEndArray();
                break;
            default:
                JsonSerializer.Serialize(writer, value, value.GetType());
                break;
        }
    }
}
