using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Identity.Core.Data;

/// <summary>Decides which failures mean "the database is unavailable, try again soon". They are answered with 503 and
/// <c>Retry-After</c> and are not bugs.</summary>
public static class DatabaseOutage
{
    /// <summary>When a caller should try again. A failover takes some seconds.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Whether the failure or an inner exception is an outage.</summary>
    public static bool Includes(Exception? exception) =>
        exception switch
        {
            null => false,
            PostgresException refused => Includes(refused),
            // A command on a connection that already runs one is a bug.
            NpgsqlOperationInProgressException => false,
            // No suitable host, a broken or refused connection, an exhausted pool, a timeout.
            NpgsqlException => true,
            TimeoutException or SocketException => true,
            AggregateException several => several.InnerExceptions.Any(Includes),
            // EF Core's wrapper around failures.
            DbUpdateException or InvalidOperationException => Includes(exception.InnerException),
            _ => false,
        };

    /// <summary>The server answered but is read-only: a former primary after a failover.</summary>
    public static bool IsReadOnly(PostgresException refused) =>
        refused.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;

    /// <summary>The server could not read the value of a parameter. Outside input is validated long before.</summary>
    public static bool RefusesValue(PostgresException refused) =>
        refused.SqlState
            is PostgresErrorCodes.CharacterNotInRepertoire
                or PostgresErrorCodes.InvalidTextRepresentation
                or PostgresErrorCodes.InvalidBinaryRepresentation;

    // PostgreSQL documentation, appendix A: error codes.
    private static bool Includes(PostgresException refused) =>
        refused.IsTransient
        || IsReadOnly(refused)
        // Connection exceptions (08), insufficient resources (53), operator intervention (57), system errors (58).
        || refused.SqlState is { Length: 5 } state
            && (state[..2] is "08" or "53" or "57" or "58" || state == PostgresErrorCodes.LockNotAvailable);
}
