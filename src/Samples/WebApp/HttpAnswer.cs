using System.Text.Json;

namespace Samples.WebApp;

/// <summary>An answer as the pages show it.</summary>
public sealed record HttpAnswer(int Status, string Body)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads the body and formats it if it is JSON.</summary>
    public static async Task<HttpAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var challenge = response.Headers.WwwAuthenticate.ToString();
        return new HttpAnswer((int)response.StatusCode, Layout(body.Length > 0 ? body : challenge));
    }

    /// <summary>JSON on several lines; anything else unchanged.</summary>
    public static string Layout(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(json.RootElement, Indented);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
