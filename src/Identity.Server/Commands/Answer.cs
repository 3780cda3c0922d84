using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Identity.Server.Commands;

/// <summary>The output of a command that succeeded: lines and tables for people, or one JSON value for programs
/// (<c>--json</c>).</summary>
internal sealed class Answer(TextWriter output, bool json)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false };

    /// <summary>Whether the output is for a program.</summary>
    public bool IsJson => json;

    /// <summary>Writes the value for programs or the lines for people.</summary>
    public async Task GiveAsync(object value, params string[] lines)
    {
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(value, Indented));
            return;
        }

        foreach (var line in lines)
            await output.WriteLineAsync(line);
    }

    /// <summary>Writes one value of an endless stream: one per line.</summary>
    public Task StreamAsync(object value, string line) =>
        output.WriteLineAsync(json ? JsonSerializer.Serialize(value, OneLine) : line);

    /// <summary>Writes existing JSON.</summary>
    public Task RawAsync(string text) => output.WriteLineAsync(text);

    /// <summary>Writes a table with columns as wide as needed; <paramref name="none"/> if it is empty.</summary>
    public async Task TableAsync<T>(
        IReadOnlyList<T> rows,
        string none,
        params (string Title, Func<T, string?> Cell)[] columns
    )
    {
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(rows, Indented));
            return;
        }

        if (rows.Count == 0)
        {
            await output.WriteLineAsync(none);
            return;
        }

        string[][] cells =
        [
            [.. columns.Select(static column => column.Title)],
            .. rows.Select(row => columns.Select(column => Printable(column.Cell(row))).ToArray()),
        ];
        int[] widths = [.. columns.Select((_, index) => cells.Max(line => line[index].Length))];
        foreach (var line in cells)
            await output.WriteLineAsync(
                string.Join("  ", line.Select((cell, index) => cell.PadRight(widths[index]))).TrimEnd()
            );
    }

    /// <summary>A moment, in UTC and to the second.</summary>
    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "-";

    /// <summary>Text from outside must not contain terminal control sequences (LG-2).</summary>
    public static string Printable(string? text) =>
        string.IsNullOrEmpty(text)
            ? "-"
            : string.Concat(text.Select(static sign => char.IsControl(sign) ? '\uFFFD' : sign));
}
