using System.Text;

namespace Identity.DuendeHost.Clients;

/// <summary>The user of HTTP Basic (RFC 7617 with the form encoding of RFC 6749 section 2.3.1), for the count of wrong
/// secrets. Duende reads the credentials themselves.</summary>
internal static class BasicCredentials
{
    private const string Scheme = "Basic ";
    private const int MaxLength = 4_096;

    /// <summary>Null for any other header.</summary>
    public static string? UserOf(string header)
    {
        if (header.Length > MaxLength || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? Uri.UnescapeDataString(text[..colon].Replace('+', ' ')) : null;
    }
}
