using System.Globalization;
using System.Text;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>What every endpoint reads of a request.</summary>
internal static class ApiRequest
{
    private const int DefaultLimit = 50;
    private const int MaxCursor = 1_000;

    /// <summary>Who is acting, as the gate found them.</summary>
    public static Operator Caller(this HttpContext http) =>
        http.Features.Get<Operator>() ?? throw new InvalidOperationException("The request did not pass the gate.");

    /// <summary>How many a page is to have.</summary>
    public static int Limit(int? asked, int most) => Math.Clamp(asked ?? DefaultLimit, 1, most);

    /// <summary>A name in a path: the server leaves an escaped slash as it came.</summary>
    public static string Name(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The page of a list that was read with one item more than it shows.</summary>
    /// <param name="place">Where the next page begins: after this item.</param>
    public static ApiPage<TItem> Page<T, TItem>(
        IReadOnlyList<T> read,
        int limit,
        Func<T, TItem> item,
        Func<T, IEnumerable<string>> place
    ) =>
        new()
        {
            Items = [.. read.Take(limit).Select(item)],
            Next = read.Count > limit ? Cursor([.. place(read[limit - 1])]) : null,
        };

    /// <summary>A cursor of these parts. It is no secret, and nothing rests on it.</summary>
    public static string Cursor(params string[] parts) =>
        WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(string.Join('\n', parts)));

    /// <summary>The parts of a cursor; none for one that is missing or not ours, which is the beginning.</summary>
    public static string[] Parts(string? cursor)
    {
        if (cursor is null or { Length: > MaxCursor })
            return [];
        try
        {
            return Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor)).Split('\n');
        }
        catch (FormatException)
        {
            return [];
        }
    }

    /// <summary>A moment as a cursor has it.</summary>
    public static string Text(DateTimeOffset moment) => moment.UtcTicks.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc cref="Text(DateTimeOffset)"/>
    public static DateTimeOffset? Moment(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;

    /// <summary>The id of a cursor of one part.</summary>
    public static Guid? Id(string? cursor) =>
        Parts(cursor) is [var text] && Guid.TryParse(text, out var id) ? id : null;

    /// <summary>The place after an entry, as a cursor of two parts has it.</summary>
    public static AuditPlace? Place(string? cursor) =>
        Parts(cursor) is [var at, var id] && Moment(at) is { } moment && Guid.TryParse(id, out var row)
            ? new(moment, row)
            : null;

    /// <summary>The version that the client saw: the one strong tag of <c>If-Match</c>. Null where the header is
    /// missing or is none.</summary>
    public static string? Version(HttpContext http) =>
        http.Request.Headers.IfMatch is [{ } header]
        && EntityTagHeaderValue.TryParse(header, out var tag)
        && !tag.IsWeak
        && tag.Tag.Length > 2
            ? tag.Tag.Value![1..^1]
            : null;

    /// <summary>An entity tag.</summary>
    public static string ETag(object version) => $"\"{version}\"";
}
