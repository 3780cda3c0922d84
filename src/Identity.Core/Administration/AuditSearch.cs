using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Administration;

/// <summary>Filters for events; a null filter does not apply. Each filter has its own index.</summary>
/// <param name="Type">One of <see cref="AuditEventTypes"/>.</param>
/// <param name="From">Events at this moment or later.</param>
/// <param name="Until">Events before this moment.</param>
public sealed record AuditFilter(
    Guid? UserId = null,
    string? Type = null,
    string? Status = null,
    IPAddress? IpAddress = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null
);

/// <summary>Reads the audit log for operators, in pages and as a stream, and verifies it. It writes only the event that
/// records an export.</summary>
public sealed class AuditSearch(Database database, AuditVerifier verifier, AdminAuditLog audit)
{
    /// <summary>The longest page.</summary>
    public const int MaxListed = 200;

    /// <summary>A page of events, newest first. Keyset pagination: no page costs more than the first.</summary>
    /// <param name="after">The position of the last entry of the previous page; null for the newest.</param>
    /// <param name="count">1 to <see cref="MaxListed"/>; other values are clamped.</param>
    public async Task<AdminOutcome<IReadOnlyList<AuditEntry>>> PageAsync(
        Operator actor,
        AuditFilter filter,
        AuditPlace? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.AuditList) is { } refused)
            return refused;
        var (conditions, values) = Conditions(filter);
        if (after is not null)
        {
            conditions.Add("created_at <= @at AND (created_at < @at OR id > @after)");
            values.AddRange([("at", after.At), ("after", after.Id)]);
        }
        values.Add(("count", Math.Clamp(count, 1, MaxListed)));
        IReadOnlyList<AuditEntry> page = await database.QueryAsync(
            $"SELECT {AuditReader.Columns} FROM public.audit_logs {Where(conditions)} "
                + "ORDER BY created_at DESC, id LIMIT @count",
            AuditReader.Map,
            cancellationToken,
            [.. values]
        );
        return new AdminOutcome<IReadOnlyList<AuditEntry>>.Done(page);
    }

    /// <summary>Streams every event that matches a filter, oldest first, holding one at a time. Returns null on
    /// success, otherwise the reason.</summary>
    public async Task<AdminOutcome?> ExportAsync(
        Operator actor,
        AuditFilter filter,
        RequestContext request,
        Func<AuditEntry, Task> write,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.AuditExport) is { } refused)
            return refused;
        var (conditions, values) = Conditions(filter);
        await database.InTransactionAsync(
            (transaction, cancel) =>
                audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.AuditExport,
                    null,
                    request,
                    new Dictionary<string, object?>
                    {
                        ["user"] = filter.UserId,
                        ["type"] = filter.Type,
                        ["status"] = filter.Status,
                        ["from"] = filter.From,
                        ["until"] = filter.Until,
                    },
                    cancel
                ),
            cancellationToken
        );
        await database.StreamAsync(
            $"SELECT {AuditReader.Columns} FROM public.audit_logs {Where(conditions)} ORDER BY created_at, id",
            AuditReader.Map,
            write,
            cancellationToken,
            [.. values]
        );
        return null;
    }

    /// <summary>Recomputes the seals.</summary>
    /// <param name="since">Where to begin; null for the beginning.</param>
    public async Task<AdminOutcome<AuditVerification>> VerifyAsync(
        Operator actor,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.AuditVerify) is { } refused
            ? refused
            : await verifier.VerifyAsync(since, null, cancellationToken);

    // The statement contains only the filters that are set, so that each is answered by its index.
    private static (List<string> Conditions, List<(string Name, object Value)> Values) Conditions(AuditFilter filter)
    {
        List<string> conditions = [];
        List<(string, object)> values = [];
        Add("user_id = @user", "user", filter.UserId);
        Add("event_type = @type", "type", filter.Type);
        Add("event_status = @status", "status", filter.Status);
        Add("ip_address = @ip", "ip", filter.IpAddress);
        Add("created_at >= @from", "from", filter.From?.ToUniversalTime());
        Add("created_at < @until", "until", filter.Until?.ToUniversalTime());
        return (conditions, values);

        void Add(string condition, string name, object? value)
        {
            if (value is null)
                return;
            conditions.Add(condition);
            values.Add((name, value));
        }
    }

    private static string Where(List<string> conditions) =>
        conditions.Count == 0 ? string.Empty : $"WHERE {string.Join(" AND ", conditions)}";
}
