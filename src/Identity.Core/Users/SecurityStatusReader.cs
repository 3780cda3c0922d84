using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Users;

/// <summary>The security of an account as its owner sees it.</summary>
/// <param name="Passkeys">The number of its passkeys.</param>
/// <param name="ExternalLogins">The number of its linked accounts at other providers.</param>
/// <param name="RecoveryCodesLeft">The number of unused recovery codes.</param>
/// <param name="Sessions">The number of browsers that are signed in.</param>
/// <param name="LastAlert">The newest event that its owner was warned of; null if there is none.</param>
public sealed record SecurityStatus(
    int Passkeys,
    int ExternalLogins,
    int RecoveryCodesLeft,
    int Sessions,
    SecurityAlert? LastAlert
);

/// <summary>An event of the audit log that an owner should know of.</summary>
public sealed record SecurityAlert(string Type, DateTimeOffset At);

/// <summary>Reads the security of one account in one statement.</summary>
public sealed class SecurityStatusReader(Database database, IOptions<SessionOptions> options)
{
    // Only the newest events of a long history are read: an app that refreshes its tokens every minute must not make
    // the account's first page slow.
    private const int MaxEvents = 2000;

    private static readonly string[] Alerts =
    [
        AuditEventTypes.AccountLocked,
        AuditEventTypes.AttemptsPaused,
        AuditEventTypes.PasswordReset,
        AuditEventTypes.EmailChanged,
        AuditEventTypes.EmailChangeReverted,
        AuditEventTypes.TwoFactorDisabled,
        AuditEventTypes.RecoveryCodeUsed,
        AuditEventTypes.TokenReuse,
    ];

    /// <summary>The status; null if there is no such account.</summary>
    public Task<SecurityStatus?> ReadAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<SecurityStatus?>(
            $"""
            SELECT (SELECT count(*)::integer FROM idp.passkeys p WHERE p.user_id = u.id),
                (SELECT count(*)::integer FROM idp.external_logins e WHERE e.user_id = u.id),
                (SELECT count(*)::integer FROM idp.recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL),
                (SELECT count(*)::integer FROM public.sessions s
                 WHERE s.user_id = u.id AND s.client_id IS NULL AND {SessionRows.Live}),
                alert.event_type, alert.created_at
            FROM public.users u LEFT JOIN LATERAL (
                SELECT newest.event_type, newest.created_at
                FROM (SELECT a.event_type, a.created_at FROM public.audit_logs a
                      WHERE a.user_id = u.id AND a.created_at > now() - interval '90 days'
                      ORDER BY a.created_at DESC LIMIT @events) newest
                WHERE newest.event_type = ANY (@alerts) ORDER BY newest.created_at DESC LIMIT 1) alert ON true
            WHERE u.id = @id AND u.deleted_at IS NULL
            """,
            static row =>
                new(
                    row.GetInt32(0),
                    row.GetInt32(1),
                    row.GetInt32(2),
                    row.GetInt32(3),
                    row.IsDBNull(4) ? null : new(row.GetString(4), row.GetFieldValue<DateTimeOffset>(5))
                ),
            cancellationToken,
            ("id", userId),
            ("idle", options.Value.IdleTimeout),
            ("events", MaxEvents),
            ("alerts", Alerts)
        );
}
