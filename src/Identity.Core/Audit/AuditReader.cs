using System.Net;
using Identity.Core.Data;
using Npgsql;

namespace Identity.Core.Audit;

/// <summary>Reads the audit log: a person's own events for the account page, everything for an administrator. Where a
/// standby serves it, it may be seconds behind.</summary>
public sealed class AuditReader(StandbyReads reads)
{
    private const int MaxRows = 500;

    // The predicate of the index audit_logs_activity, word for word. An app that refreshes every minute must not slow
    // down its person's list.
    private const string Readable = "event_type NOT IN ('token_refreshed', 'token_issued')";

    internal const string Columns =
        "id, user_id, event_type, event_status, ip_address, user_agent, details::text, created_at";

    internal const string NewestSql =
        $"SELECT {Columns} FROM public.audit_logs WHERE user_id = @user_id ORDER BY created_at DESC, id LIMIT @count";

    // The condition on types is written so that no index serves it and the planner does not consider it selective. Rows
    // then come in order from the person's index, and the scan ends after the first matches.
    internal const string PageSql = $"""
        SELECT {Columns} FROM public.audit_logs
        WHERE user_id = @user_id AND array_position(@types, event_type) IS NOT NULL AND {Readable}
          AND created_at <= @at AND (created_at < @at OR id > @id)
        ORDER BY created_at DESC, id LIMIT @count
        """;

    /// <summary>The newest events of one person, newest first.</summary>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> NewestOfUserAsync(Guid userId, int count, CancellationToken cancellationToken) =>
        reads.QueryAsync(
            NewestSql,
            Map,
            cancellationToken,
            ("user_id", userId),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>The events of one person of these types, newest first, after a position in the list. Keyset pagination:
    /// no page costs more than the first. Issued and refreshed tokens are left out.</summary>
    /// <param name="after">The last entry of the page before; null for the newest.</param>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> PageOfUserAsync(
        Guid userId,
        string[] types,
        AuditPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        reads.QueryAsync(
            PageSql,
            Map,
            cancellationToken,
            ("user_id", userId),
            ("types", types),
            ("at", after?.At ?? DateTimeOffset.MaxValue),
            ("id", after?.Id ?? Guid.Empty),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>All events of one person except issued and refreshed tokens, newest first, after a position in the
    /// list.</summary>
    /// <param name="after">The last entry of the page before; null for the newest.</param>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> ActivityOfUserAsync(
        Guid userId,
        AuditPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        reads.QueryAsync(
            $"""
            SELECT {Columns} FROM public.audit_logs
            WHERE user_id = @user_id AND {Readable} AND created_at <= @at AND (created_at < @at OR id > @id)
            ORDER BY created_at DESC, id LIMIT @count
            """,
            Map,
            cancellationToken,
            ("user_id", userId),
            ("at", after?.At ?? DateTimeOffset.MaxValue),
            ("id", after?.Id ?? Guid.Empty),
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    /// <summary>The newest events of everyone, newest first.</summary>
    /// <param name="count">1 to 500; anything else is brought into that range.</param>
    public Task<List<AuditEntry>> TailAsync(int count, CancellationToken cancellationToken) =>
        reads.QueryAsync(
            $"SELECT {Columns} FROM public.audit_logs ORDER BY created_at DESC, id LIMIT @count",
            Map,
            cancellationToken,
            ("count", Math.Clamp(count, 1, MaxRows))
        );

    internal static AuditEntry Map(NpgsqlDataReader row) =>
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
