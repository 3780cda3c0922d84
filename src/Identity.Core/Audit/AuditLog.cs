using Identity.Core.Data;

namespace Identity.Core.Audit;

// Audit owns the record of security events: what it may contain, that an event commits with the change it records, and
// how it is read. It does not decide what is suspicious (Detection) and does not write to the operational log (each
// room's Log).

/// <summary>Appends to <c>audit_logs</c>. The application's role may insert and read there, never change or delete
/// (DB-6).</summary>
public sealed class AuditLog(Database database)
{
    private const int MaxUserAgentLength = 512;

    private const string Insert = """
        INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
        VALUES (@user_id, @type, @status, @ip, @user_agent, @details)
        """;

    /// <summary>Appends in the transaction of the change, so that both commit or neither does (LG-4).</summary>
    public Task AppendAsync(DatabaseTransaction transaction, AuditEvent entry, CancellationToken cancellationToken) =>
        WriteAsync(transaction, entry, cancellationToken);

    /// <summary>Appends in a transaction of its own, for events that change nothing, such as a refused
    /// sign-in.</summary>
    public Task AppendAsync(AuditEvent entry, CancellationToken cancellationToken) =>
        WriteAsync(database, entry, cancellationToken);

    private static Task<int> WriteAsync(SqlSession session, AuditEvent entry, CancellationToken cancellationToken) =>
        session.ExecuteAsync(
            Insert,
            cancellationToken,
            ("user_id", SqlNull.Uuid(entry.UserId)),
            ("type", entry.Type),
            ("status", Text(entry.Status)),
            ("ip", SqlNull.Inet(entry.IpAddress)),
            ("user_agent", SqlNull.Text(CutUserAgent(entry.UserAgent))),
            ("details", new Json(AuditDetails.Write(entry.Details)))
        );

    /// <summary>A user agent as the tables store it.</summary>
    internal static string? CutUserAgent(string? userAgent) =>
        userAgent is null ? null : AuditDetails.Cut(userAgent, MaxUserAgentLength);

    private static string Text(AuditStatus status) =>
        status switch
        {
            AuditStatus.Success => "success",
            AuditStatus.Failure => "failure",
            AuditStatus.Blocked => "blocked",
            AuditStatus.Pending => "pending",
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        };
}
