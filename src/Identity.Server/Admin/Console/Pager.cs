using System.Globalization;
using Identity.Core.Data;

namespace Identity.Server.Admin.Console;

/// <summary>The links below a list with keyset pagination: to the next page and back to the beginning.</summary>
/// <param name="First">The beginning of the list; null on the first page.</param>
/// <param name="Next">The next page; null at the end.</param>
internal sealed record Pager(string? First, string? Next)
{
    /// <summary>An address of the console with the given query parameters.</summary>
    public static string Address(string path, params IEnumerable<(string Name, string? Value)> query) =>
        path
        + QueryString
            .Create(
                query
                    .Where(static pair => !string.IsNullOrEmpty(pair.Value))
                    .Select(static pair => KeyValuePair.Create(pair.Name, pair.Value))
            )
            .Value;

    /// <summary>A moment in the form used in addresses.</summary>
    public static string Write(DateTimeOffset moment) => moment.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>The moment in an address; null if there is none.</summary>
    public static DateTimeOffset? Read(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.ToUniversalTime()
            : null;

    /// <summary>A position in the form used in addresses.</summary>
    public static string Write(ListPlace place) => $"{Write(place.At)}_{place.Id:N}";

    /// <summary>The position in an address; null if there is none, which means the start of the list.</summary>
    public static ListPlace? ReadPlace(string? text) =>
        text?.Split('_') is [var at, var id] && Read(at) is { } moment && Guid.TryParseExact(id, "N", out var row)
            ? new(moment, row)
            : null;
}
