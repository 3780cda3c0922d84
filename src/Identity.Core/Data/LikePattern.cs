namespace Identity.Core.Data;

/// <summary>Text from outside in a pattern of LIKE.</summary>
public static class LikePattern
{
    /// <summary>The text with the three signs escaped that mean something there.</summary>
    public static string Escape(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("%", @"\%", StringComparison.Ordinal)
            .Replace("_", @"\_", StringComparison.Ordinal);
}
