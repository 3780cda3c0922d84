using System.Reflection;
using Identity.Core.Data;

namespace Identity.Core.Monitoring;

/// <summary>A program that runs over this database.</summary>
public sealed record RunningInstance(string Host, string Version, DateTimeOffset StartedAt, DateTimeOffset SeenAt);

/// <summary>Which programs run, and which version each is: every one notes itself, and those that have not for a while
/// are gone.</summary>
public sealed class InstanceRegistry(Database database)
{
    internal const int MaxRows = 100;

    internal const string ListSql = """
        SELECT host, version, started_at, seen_at FROM idp.instances WHERE seen_at > now() - @gone
        ORDER BY started_at LIMIT @count
        """;

    private readonly Guid _id = Guid.NewGuid();

    private static string Version { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            is { Length: > 0 } version
            ? version.Split('+')[0]
            : "unknown";

    /// <summary>Notes that this program runs, and forgets those that are long gone.</summary>
    public Task NoteAsync(CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            """
            WITH gone AS (DELETE FROM idp.instances WHERE seen_at < now() - interval '1 day')
            INSERT INTO idp.instances (id, host, version, started_at, seen_at)
            VALUES (@id, left(@host, 200), left(@version, 100), now(), now())
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
            """,
            cancellationToken,
            ("id", _id),
            ("host", Environment.MachineName),
            ("version", Version)
        );

    /// <summary>Forgets this program, which ends.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) =>
        database.ExecuteAsync("DELETE FROM idp.instances WHERE id = @id", cancellationToken, ("id", _id));

    /// <summary>Those that noted themselves within the last minutes, in order of their start.</summary>
    public Task<List<RunningInstance>> ListAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(
            ListSql,
            static row => new RunningInstance(
                row.GetString(0),
                row.GetString(1),
                row.GetFieldValue<DateTimeOffset>(2),
                row.GetFieldValue<DateTimeOffset>(3)
            ),
            cancellationToken,
            ("gone", FigureStore.Gone),
            ("count", MaxRows)
        );
}
