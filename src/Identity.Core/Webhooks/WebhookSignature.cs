using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Keys;

namespace Identity.Core.Webhooks;

/// <summary>Writes and signs requests (Standard Webhooks 1.0): HMAC-SHA-256 over id, timestamp and body, one signature
/// for each secret that is valid.</summary>
public sealed class WebhookSignature(MasterKey master, TimeProvider time)
{
    /// <summary>The version of the payload. It rises when a field changes its meaning; new fields do not raise it.
    /// </summary>
    public const int PayloadVersion = 1;

    private const string Purpose = "webhook_secret";
    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;

    /// <summary>A new secret, as it is shown once and as it is stored.</summary>
    internal (string Shown, byte[] Protected) CreateSecret(Guid endpointId)
    {
        var bytes = RandomNumberGenerator.GetBytes(SecretBytes);
        return (Prefix + Convert.ToBase64String(bytes), master.Protect(Purpose, endpointId.ToString("D"), bytes));
    }

    /// <summary>Writes the request of one attempt. Null if the master key of the secret is not loaded.</summary>
    internal WebhookRequest? Sign(WebhookEvent sent, Guid endpointId, IEnumerable<byte[]> secrets)
    {
        var id = "evt_" + sent.Id.ToString("N");
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var body = Write(sent);
        List<string> signatures = [];
        foreach (var secret in secrets)
        {
            if (Unprotect(endpointId, secret) is not { } key)
                continue;
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
            signatures.Add("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        }
        return signatures.Count == 0 ? null : new(id, timestamp, string.Join(' ', signatures), body);
    }

    private static byte[] Write(WebhookEvent sent)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", sent.Type);
            json.WriteNumber("version", PayloadVersion);
            json.WriteString("timestamp", sent.OccurredAt.UtcDateTime);
            json.WriteStartObject("data");
            if (sent.UserId is { } user)
                json.WriteString("user_id", user);
            using var details = JsonDocument.Parse(sent.Data);
            foreach (var detail in details.RootElement.EnumerateObject())
                detail.WriteTo(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private byte[]? Unprotect(Guid endpointId, byte[] secret)
    {
        try
        {
            return master.Unprotect(Purpose, endpointId.ToString("D"), secret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
