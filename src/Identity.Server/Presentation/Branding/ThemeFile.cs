using System.Text;
using System.Text.RegularExpressions;

namespace Identity.Server.Presentation.Branding;

/// <summary>A file of a theme: its bytes, or why it is refused.</summary>
internal abstract record ThemeFile
{
    private ThemeFile() { }

    internal sealed record Sound(byte[] Content) : ThemeFile;

    internal sealed record Refused(string Reason) : ThemeFile;

    /// <summary>Reads a file of limited size.</summary>
    public static ThemeFile Read(string path, int maxBytes)
    {
        try
        {
            return new FileInfo(path).Length > maxBytes
                ? new Refused($"{path} is larger than {maxBytes / 1024} KiB.")
                : new Sound(File.ReadAllBytes(path));
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException
            )
        {
            return new Refused($"{path} cannot be read: {unreadable.Message}");
        }
    }
}

/// <summary>A font in the format WOFF2.</summary>
internal static class FontFileReader
{
    private const int MaxBytes = 1 << 20;

    public static ThemeFile Read(string path) =>
        ThemeFile.Read(path, MaxBytes) switch
        {
            ThemeFile.Sound sound when !sound.Content.AsSpan().StartsWith("wOF2"u8) => new ThemeFile.Refused(
                $"{path} is not a font in the format WOFF2."
            ),
            var file => file,
        };
}

/// <summary> The operator's own rules of CSS. They can change how every page looks, so they come from a file of the
/// instance alone: never from the database, the API or a client that registers itself. The content security policy of
/// the pages lets them load nothing from outside; rules that would try are refused at the start, so that nobody wonders
/// why they do nothing.
/// </summary>
internal static partial class StyleSheetFile
{
    private const int MaxBytes = 64 * 1024;

    public static ThemeFile Read(string path)
    {
        var file = ThemeFile.Read(path, MaxBytes);
        if (file is not ThemeFile.Sound sound)
            return file;
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(sound.Content);
        }
        catch (DecoderFallbackException)
        {
            return new ThemeFile.Refused($"{path} is not UTF-8.");
        }
        if (Loading().Match(text) is { Success: true } found)
            return new ThemeFile.Refused(
                $"{path} must not contain {found.Value}: a style sheet of a theme loads nothing."
            );
        return text.Count(static sign => sign == '{') == text.Count(static sign => sign == '}')
            ? sound
            : new ThemeFile.Refused($"{path} has braces that do not match.");
    }

    // An escape could spell any of these words (CSS Syntax Level 3, section 4.3.7).
    [GeneratedRegex(
        @"@import|@namespace|@charset|url *\(|src *\(|image-set *\(|expression *\(|<|\\",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Loading();
}
