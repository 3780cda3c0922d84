using System.ComponentModel;
using System.Globalization;

namespace Identity.Server.Hosting;

/// <summary>Whether a text is a value of a setting's type.</summary>
internal static class SettingValue
{
    /// <summary>The fault, to be appended to the value; null if there is none.</summary>
    public static string? Problem(Type type, string text)
    {
        if (type == typeof(string))
            return null;
        if (type == typeof(bool))
            return bool.TryParse(text, out _) ? null : "is neither true nor false.";
        if (type == typeof(TimeSpan))
            return DurationProblem(text);
        if (type.IsEnum)
            return EnumProblem(type, text);
        if (type == typeof(int) || type == typeof(long))
            return WholeNumberProblem(text, type == typeof(int) ? int.MaxValue : long.MaxValue);
        if (type == typeof(double) || type == typeof(decimal))
            return NumberProblem(text);
        if (type == typeof(Uri))
            return Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _) ? null : "is not an address.";
        return Converts(type, text) ? null : "cannot be read.";
    }

    // A bare number would mean days, which nobody intends.
    private static string? DurationProblem(string text) =>
        !text.Contains(':', StringComparison.Ordinal)
        || !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration)
            ? "is not a duration, such as 00:30:00 for half an hour or 7.00:00:00 for a week."
        : duration < TimeSpan.Zero ? "must not be negative."
        : null;

    private static string? EnumProblem(Type type, string text) =>
        Enum.GetNames(type).Contains(text.Trim(), StringComparer.OrdinalIgnoreCase)
            ? null
            : $"is not one of {string.Join(", ", Enum.GetNames(type))}.";

    private static string? WholeNumberProblem(string text, long max) =>
        !long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) || number > max
            ? "is not a whole number."
        : number < 0 ? "must not be negative."
        : null;

    private static string? NumberProblem(string text) =>
        !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        || !double.IsFinite(number)
            ? "is not a number."
        : number < 0 ? "must not be negative."
        : null;

    private static bool Converts(Type type, string text)
    {
        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text) is not null;
        }
        catch (Exception unreadable)
            when (unreadable is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }
}
