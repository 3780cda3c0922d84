using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Maintenance;

// Maintenance owns what is cleaned away and when. It decides nothing about people: what is over by the database's clock
// is over already.

/// <summary>The jobs. Each may be run on every instance at once: one does the work, the others pass (PostgreSQL
/// advisory locks).</summary>
public sealed class MaintenanceJobs(
    Database database,
    AuditSealer sealer,
    IOptions<AuditOptions> audit,
    IOptions<SessionOptions> sessions
)
{
    private const int Batch = 10_000;
    private const int MaxBatches = 1_000;
    private const string Seals = "seals";

    internal static readonly Dictionary<string, string> Commands = new(StringComparer.Ordinal)
    {
        ["sessions"] = "SELECT public.cleanup_expired_sessions()",
        // Who left a browser is signed out of it for good, and its clients hear so. Not where a client still refreshes:
        // its family lives on that row (docs/decisions/0007).
        // Only sessions that are active and not over are walked, by their partial index.
        ["idle"] = """
            SELECT idp.end_sessions(ARRAY (
                SELECT s.id FROM public.sessions s
                WHERE s.is_active AND s.expires_at > now() AND s.client_id IS NULL
                    AND s.last_activity_at <= now() - @idle
                  AND NOT EXISTS (SELECT FROM idp.token_families f JOIN public.refresh_tokens t ON t.family_id = f.id
                                  WHERE f.session_id = s.id AND f.revoked_at IS NULL AND f.absolute_expires_at > now()
                                    AND t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now())
                ORDER BY s.id LIMIT 10000 FOR UPDATE OF s SKIP LOCKED), 'expired')
            """,
        ["tokens"] = "SELECT public.cleanup_expired_tokens()",
        ["partitions"] = "SELECT idp.ensure_audit_partitions() + idp.drop_audit_partitions(@retention)",
        ["throttle"] = """
            WITH gone AS (DELETE FROM idp.throttle_counters WHERE key IN (
                SELECT key FROM idp.throttle_counters WHERE window_ends_at < now() AND (blocked_until IS NULL
                    OR blocked_until < now())
                LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        ["replay"] = """
            WITH gone AS (DELETE FROM idp.replay_guard WHERE key_hash IN (
                SELECT key_hash FROM idp.replay_guard WHERE expires_at < now() LIMIT 10000 FOR UPDATE SKIP LOCKED)
                    RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        // What was pushed or begun is worth nothing once it is over; a device may still be told that its code has
        // expired. Of grants, only what ended within the last hours is walked, by the index on expires_at: the job
        // grants takes the rest.
        ["requests"] = """
            WITH pushed AS (DELETE FROM idp.grants WHERE id IN (
                     SELECT id FROM idp.grants
                     WHERE expires_at < now() AND expires_at > now() - interval '2 hours'
                       AND (kind = 'pushed_request' OR kind IN ('device_code', 'backchannel_request')
                           AND expires_at < now() - interval '10 minutes')
                     ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1),
                 begun AS (DELETE FROM idp.begun_requests WHERE token_hash IN (
                     SELECT token_hash FROM idp.begun_requests WHERE expires_at < now()
                     ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT ((SELECT count(*) FROM pushed) + (SELECT count(*) FROM begun))::integer
            """,
        // A used code is known as used for a day, and a family for as long as the last of its tokens.
        ["grants"] = """
            WITH gone AS (DELETE FROM idp.grants WHERE id IN (
                SELECT id FROM idp.grants WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 10000
                    FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        ["denials"] = """
            WITH gone AS (DELETE FROM idp.denials WHERE key_hash IN (
                SELECT key_hash FROM idp.denials WHERE expires_at < now()
                ORDER BY expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        ["families"] = """
            WITH gone AS (DELETE FROM idp.token_families WHERE id IN (
                SELECT id FROM idp.token_families WHERE absolute_expires_at < now() - interval '31 days'
                ORDER BY absolute_expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        // Lines of the logout ledger stay readable for 30 days after their end. The oldest are first by the index on
        // created_at, so that only what goes is read.
        ["logout"] = """
            WITH gone AS (DELETE FROM idp.logout_deliveries WHERE id IN (
                SELECT id FROM idp.logout_deliveries WHERE created_at < now() - interval '30 days'
                    AND coalesce(delivered_at, abandoned_at) < now() - interval '30 days'
                ORDER BY created_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        // Sent mails count for the caps of a day; given up ones are kept as long, for whoever looks into why. What is
        // still queued then has no server to go to, and its links are long dead.
        ["mail"] = """
            WITH gone AS (DELETE FROM idp.mail_outbox WHERE id IN (
                SELECT id FROM idp.mail_outbox WHERE created_at < now() - interval '7 days'
                ORDER BY created_at LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT count(*)::integer FROM gone
            """,
        ["recovery"] = """
            WITH ceremonies AS (DELETE FROM idp.passkey_ceremonies WHERE token_hash IN (
                     SELECT token_hash FROM idp.passkey_ceremonies WHERE expires_at < now() LIMIT 10000
                         FOR UPDATE SKIP LOCKED) RETURNING 1),
                 challenges AS (DELETE FROM idp.login_challenges WHERE token_hash IN (
                     SELECT token_hash FROM idp.login_challenges WHERE expires_at < now() LIMIT 10000
                         FOR UPDATE SKIP LOCKED) RETURNING 1),
                 links AS (DELETE FROM idp.magic_links WHERE id IN (
                     SELECT id FROM idp.magic_links WHERE expires_at < now() - interval '7 days' LIMIT 10000
                         FOR UPDATE SKIP LOCKED) RETURNING 1),
                 reverts AS (DELETE FROM idp.email_change_reverts WHERE id IN (
                     SELECT id FROM idp.email_change_reverts WHERE expires_at < now() - interval '7 days' LIMIT 10000
                         FOR UPDATE SKIP LOCKED) RETURNING 1)
            SELECT ((SELECT count(*) FROM ceremonies) + (SELECT count(*) FROM challenges) + (SELECT count(*)
                FROM links) + (SELECT count(*) FROM reverts))::integer
            """,
    };

    /// <summary>The names of the jobs.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. Commands.Keys, Seals];

    /// <summary>Runs a job while its batches are full. Returns how many rows it treated; null when another instance is
    /// at it.</summary>
    /// <exception cref="ArgumentException">There is no such job.</exception>
    public async Task<int?> RunAsync(string name, CancellationToken cancellationToken)
    {
        if (name == Seals)
            return await sealer.SealAsync(cancellationToken);
        if (!Commands.TryGetValue(name, out var command))
            throw new ArgumentException(
                $"There is no maintenance job '{name}'. Jobs: {string.Join(", ", Names)}.",
                nameof(name)
            );

        var total = 0;
        for (var round = 0; round < MaxBatches; round++)
        {
            var treated = await database.InTransactionAsync<int?>(
                async (transaction, cancel) =>
                {
                    var mine = await transaction.QuerySingleOrDefaultAsync(
                        "SELECT pg_try_advisory_xact_lock(hashtext('idp.maintenance'), hashtext(@name))",
                        static row => row.GetBoolean(0),
                        cancel,
                        ("name", name)
                    );
                    (string, object?)[] parameters = name switch
                    {
                        "partitions" => [("retention", audit.Value.Retention)],
                        "idle" => [("idle", sessions.Value.IdleTimeout)],
                        _ => [],
                    };
                    return mine
                        ? await transaction.QuerySingleOrDefaultAsync(
                            command,
                            static row => row.GetInt32(0),
                            cancel,
                            parameters
                        )
                        : null;
                },
                cancellationToken
            );
            if (treated is not { } count)
                return round == 0 ? null : total;
            total += count;
            if (count < Batch)
                break;
        }
        return total;
    }
}
