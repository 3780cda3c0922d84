using System.Net;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Audit;

/// <summary>Reads the audit log for people: their own events on the account page, everything for an
/// administrator.</summary>
public sealed class AuditReader(Database database)
{
    private const int MaxRows = 500;
    private const string Columns =
        "id, user_id, event_type, event_status, ip_address, user_agent, details::text, created_at";

    /// <summary>The newest events of one person, newest first.</summary>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> NewestOfUserAsync(Guid userId, int count, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"SELECT {Columns} FROM public.audit_logs WHERE user_id = @user_id ORDER BY created_at DESC, id LIMIT "
                + "@count",
            Map,
            cancellationToken,
            ("user_id", userId),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>The events of one person of these types, newest first, from a place in the list on. A keyset: no page
    /// costs more than the first.</summary>
    /// <param name="after">The last entry of the page before; null for the newest.</param>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> PageOfUserAsync(
        Guid userId,
        string[] types,
        AuditPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        database.QueryAsync(
            $"""
            SELECT {Columns} FROM public.audit_logs
            WHERE user_id = @user_id AND event_type = ANY (@types)
              AND (@at IS NULL OR created_at < @at OR (created_at = @at AND id > @id))
            ORDER BY created_at DESC, id LIMIT @count
            """,
            Map,
            cancellationToken,
            ("user_id", userId),
            ("types", types),
            ("at", SqlNull.Time(after?.At)),
            ("id", SqlNull.Uuid(after?.Id)),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>The newest events of everyone, newest first.</summary>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> TailAsync(int count, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"SELECT {Columns} FROM public.audit_logs ORDER BY created_at DESC, id LIMIT @count",
            Map,
            cancellationToken,
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    private static AuditEntry Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.IsDBNull(1) ? null : row.GetGuid(1),
            row.GetString(2),
            row.GetString(3),
            row.IsDBNull(4) ? null : row.GetFieldValue<IPAddress>(4),
            row.IsDBNull(5) ? null : row.GetString(5),
            row.GetString(6),
            row.GetFieldValue<DateTimeOffset>(7)
        );
}
