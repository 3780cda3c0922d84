using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Identity.Core.Sessions;

/// <summary>The text of a cached session, before it is encrypted.</summary>
internal sealed partial class SessionCacheEntry : JsonConverter<IPAddress>
{
    private static readonly Shapes Json = new(new JsonSerializerOptions { Converters = { new SessionCacheEntry() } });

    public static byte[] Write(ActiveSession session) =>
        JsonSerializer.SerializeToUtf8Bytes(session, Json.ActiveSession);

    /// <exception cref="CryptographicException">Another version of the program wrote it.</exception>
    public static ActiveSession Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, Json.ActiveSession) ?? throw new CryptographicException("Nothing.");
        }
        catch (JsonException unknown)
        {
            throw new CryptographicException("The entry has another form.", unknown);
        }
    }

    public override IPAddress? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPAddress.TryParse(reader.GetString(), out var address) ? address : null;

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    // A missing member is another version's: the account would have no second factor.
    [JsonSourceGenerationOptions(
        IgnoreReadOnlyProperties = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true
    )]
    [JsonSerializable(typeof(ActiveSession))]
    private sealed partial class Shapes : JsonSerializerContext;
}
