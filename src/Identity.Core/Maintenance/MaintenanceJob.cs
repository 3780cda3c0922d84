using Npgsql;

namespace Identity.Core.Maintenance;

/// <summary>A job that works in batches: one bounded statement in a transaction of its own, repeated while there is
/// more.</summary>
/// <param name="Name">Its name on the command line and in settings.</param>
/// <param name="Sql">Returns one row: the number of rows processed, and where the next batch begins; null if there is
/// none.</param>
internal sealed record MaintenanceJob(string Name, string Sql)
{
    /// <summary>How often it runs.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the first batch begins, for jobs that walk an index. Only the statement interprets it.</summary>
    public string? FirstPlace { get; init; }

    /// <summary>Reads the row of a batch.</summary>
    public static Batch Read(NpgsqlDataReader row) => new(row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1));

    /// <summary>The result of a batch.</summary>
    internal sealed record Batch(int Rows, string? Next);
}
