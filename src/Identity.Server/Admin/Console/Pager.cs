using System.Globalization;

namespace Identity.Server.Admin.Console;

/// <summary>The links below a list that is read by key: on, and back to its beginning.</summary>
/// <param name="First">Where the list begins; null on its first page.</param>
/// <param name="Next">Where it goes on; null at its end.</param>
internal sealed record Pager(string? First, string? Next)
{
    /// <summary>An address of the console with what is given of a query.</summary>
    public static string Address(string path, params IEnumerable<(string Name, string? Value)> query) =>
        path
        + QueryString
            .Create(
                query
                    .Where(static pair => !string.IsNullOrEmpty(pair.Value))
                    .Select(static pair => KeyValuePair.Create(pair.Name, pair.Value))
            )
            .Value;

    /// <summary>A moment as it stands in an address.</summary>
    public static string Write(DateTimeOffset moment) => moment.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>The moment that an address names; null for none.</summary>
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.ToUniversalTime()
            : null;
}
