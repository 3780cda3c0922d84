using System.Text.Json;
using Identity.Core.Audit;

namespace Identity.Server.Admin;

/// <summary>Writes events one by one: one JSON object per line, or CSV (RFC 4180).</summary>
internal sealed class AuditExportWriter(TextWriter writer, bool csv)
{
    // Spreadsheet programs treat a text that begins like this as a formula.
    private const string Formula = "=+-@\t\r";

    private static readonly string[] Columns =
    [
        "id",
        "created_at",
        "event_type",
        "event_status",
        "user_id",
        "ip_address",
        "user_agent",
        "details",
    ];

    /// <summary>Writes the header of the table; JSON Lines has none.</summary>
    public Task BeginAsync() => csv ? writer.WriteAsync(string.Join(',', Columns) + "\r\n") : Task.CompletedTask;

    public Task WriteAsync(AuditEntry entry) => writer.WriteAsync(csv ? Row(entry) : Line(entry));

    private static string Line(AuditEntry entry)
    {
        using var details = JsonDocument.Parse(entry.DetailsJson);
        return JsonSerializer.Serialize(
                new
                {
                    id = entry.Id,
                    created_at = entry.CreatedAt,
                    event_type = entry.Type,
                    event_status = entry.Status,
                    user_id = entry.UserId,
                    ip_address = entry.IpAddress?.ToString(),
                    user_agent = entry.UserAgent,
                    details = details.RootElement,
                }
            ) + "\n";
    }

    private static string Row(AuditEntry entry) =>
        string.Join(
            ',',
            new[]
            {
                entry.Id.ToString("D"),
                entry.CreatedAt.ToUniversalTime().ToString("O", System.Globalization.CultureInfo.InvariantCulture),
                entry.Type,
                entry.Status,
                entry.UserId?.ToString("D"),
                entry.IpAddress?.ToString(),
                entry.UserAgent,
                entry.DetailsJson,
            }.Select(Cell)
        ) + "\r\n";

    private static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        var plain = Formula.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
        return $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
