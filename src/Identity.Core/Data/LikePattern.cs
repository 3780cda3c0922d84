namespace Identity.Core.Data;

/// <summary>Escapes user input for a LIKE pattern.</summary>
public static class LikePattern
{
    /// <summary>The text with the three special characters escaped.</summary>
    public static string Escape(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("%", @"\%", StringComparison.Ordinal)
            .Replace("_", @"\_", StringComparison.Ordinal);
}
