using Npgsql;

namespace Identity.Core.Detection;

/// <summary>An incident that a rule found: one row from the moment the threshold was exceeded until the incident is
/// over.</summary>
/// <param name="Rule">One of <see cref="DetectionRules"/>.</param>
/// <param name="Subject">What it is about: the id of an account, a network, a client, a key; empty for the whole
/// installation.</param>
/// <param name="Value">The highest value observed.</param>
/// <param name="Threshold">The threshold at that time.</param>
/// <param name="OpenedAt">When the threshold was exceeded.</param>
/// <param name="LastSeenAt">When the value was last above the threshold.</param>
/// <param name="ClosedAt">When it was over; null while it is open.</param>
public sealed record Alert(
    Guid Id,
    string Rule,
    string Subject,
    long Value,
    long Threshold,
    DateTimeOffset OpenedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset? ClosedAt,
    DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy,
    string? Note
)
{
    internal const string Columns =
        "id, rule, subject, value, threshold, opened_at, last_seen_at, closed_at, acknowledged_at, acknowledged_by, "
        + "note";

    internal static Alert Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.GetInt64(3),
            row.GetInt64(4),
            row.GetFieldValue<DateTimeOffset>(5),
            row.GetFieldValue<DateTimeOffset>(6),
            TimeOrNull(row, 7),
            TimeOrNull(row, 8),
            row.IsDBNull(9) ? null : row.GetString(9),
            row.IsDBNull(10) ? null : row.GetString(10)
        );

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}

/// <summary>A position in a list of alerts, newest first.</summary>
public sealed record AlertPlace(DateTimeOffset OpenedAt, Guid Id);

/// <summary>The outcome of acknowledging an alert.</summary>
public abstract record AlertAcknowledgement
{
    private AlertAcknowledgement() { }

    public sealed record Done(Alert Alert) : AlertAcknowledgement;

    public sealed record NotFound : AlertAcknowledgement;

    /// <summary>Another operator acknowledged it first.</summary>
    public sealed record Already(Alert Alert) : AlertAcknowledgement;
}

/// <summary>Which alerts a list holds.</summary>
public enum AlertFilter
{
    All,
    Open,
    Closed,
}
