using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Maintenance;

/// <summary>What was invalidated after an old backup was restored.</summary>
/// <param name="Sessions">Sessions that were signed out.</param>
/// <param name="Families">Families of refresh tokens that did not end with a session.</param>
/// <param name="Grants">Codes, device codes and other grants in progress, reference tokens, personal access
/// tokens.</param>
/// <param name="Links">Links in mails, and sign-ins and ceremonies in progress.</param>
/// <param name="Devices">Trusted browsers.</param>
/// <param name="Mails">Waiting mails that will not be sent.</param>
public sealed record RestoreResult(int Sessions, int Families, int Grants, int Links, int Devices, int Mails);

/// <summary> A restored backup revives what ended after it was made: used links work again, revoked tokens are live,
/// sent mails are queued. Nothing in the database shows which of these are still valid, so all of them end, in one
/// transaction. Accounts, credentials, consents and clients stay as they are in the backup.
/// </summary>
public sealed class RestoredBackup(Database database, AuditLog audit)
{
    private const string Reason = "restored";

    private const string Sessions = """
        SELECT coalesce(idp.end_sessions(
            ARRAY (SELECT id FROM public.sessions WHERE is_active ORDER BY id), 'restored', NULL, @actor), 0)
        """;

    // Families that outlive their session.
    private const string Families = """
        WITH tokens AS (UPDATE public.refresh_tokens SET revoked_at = now() WHERE revoked_at IS NULL
            AND used_at IS NULL),
             ended AS (UPDATE idp.token_families SET revoked_at = now(), revoked_reason = 'restored'
                 WHERE revoked_at IS NULL RETURNING 1)
        SELECT count(*)::integer FROM ended
        """;

    private const string Grants = """
        WITH ended AS (UPDATE idp.grants SET revoked_at = now()
                       WHERE kind <> 'consent' AND revoked_at IS NULL AND consumed_at IS NULL RETURNING 1),
             begun AS (DELETE FROM idp.begun_requests RETURNING 1),
             tokens AS (DELETE FROM idp.personal_access_tokens RETURNING 1)
        SELECT ((SELECT count(*) FROM ended) + (SELECT count(*) FROM begun)
            + (SELECT count(*) FROM tokens))::integer
        """;

    private const string Links = """
        WITH resets AS (UPDATE public.password_reset_tokens SET used_at = now() WHERE used_at IS NULL RETURNING 1),
             verifications AS (UPDATE public.email_verification_tokens SET used_at = now() WHERE used_at IS NULL
                 RETURNING 1),
             magic AS (UPDATE idp.magic_links SET used_at = now() WHERE used_at IS NULL RETURNING 1),
             reverts AS (UPDATE idp.email_change_reverts SET used_at = now() WHERE used_at IS NULL RETURNING 1),
             secures AS (UPDATE idp.secure_account_links SET used_at = now() WHERE used_at IS NULL RETURNING 1),
             codes AS (DELETE FROM idp.sign_in_codes RETURNING 1),
             invitations AS (UPDATE idp.invitations SET expires_at = now() WHERE expires_at > now() RETURNING 1),
             challenges AS (DELETE FROM idp.login_challenges RETURNING 1),
             ceremonies AS (DELETE FROM idp.passkey_ceremonies RETURNING 1)
        SELECT ((SELECT count(*) FROM resets) + (SELECT count(*) FROM verifications) + (SELECT count(*) FROM magic)
            + (SELECT count(*) FROM secures) + (SELECT count(*) FROM invitations) + (SELECT count(*) FROM codes)
            + (SELECT count(*) FROM reverts) + (SELECT count(*) FROM challenges) + (SELECT count(*)
                FROM ceremonies))::integer
        """;

    private const string Devices = """
        WITH ended AS (UPDATE idp.trusted_devices SET revoked_at = now() WHERE revoked_at IS NULL RETURNING 1)
        SELECT count(*)::integer FROM ended
        """;

    // Given up and not deleted, so that an operator can list them.
    private const string Mails = """
        WITH given_up AS (UPDATE idp.mail_outbox
                          SET state = 'abandoned', abandoned_at = now(), lease = NULL, content_protected = NULL,
                              last_error = 'a backup was restored'
                          WHERE state = 'queued' RETURNING 1)
        SELECT count(*)::integer FROM given_up
        """;

    /// <summary>Ends all of it. Safe to repeat.</summary>
    public Task<RestoreResult> InvalidateAsync(RequestContext actor, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                RestoreResult result = new(
                    await CountAsync(transaction, Sessions, cancel, ("actor", actor.UserAgent)),
                    await CountAsync(transaction, Families, cancel),
                    await CountAsync(transaction, Grants, cancel),
                    await CountAsync(transaction, Links, cancel),
                    await CountAsync(transaction, Devices, cancel),
                    await CountAsync(transaction, Mails, cancel)
                );
                await audit.AppendAsync(transaction, EventOf(result, actor), cancel);
                return result;
            },
            cancellationToken
        );

    private static Task<int> CountAsync(
        DatabaseTransaction transaction,
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters
    ) => transaction.QuerySingleOrDefaultAsync(sql, static row => row.GetInt32(0), cancellationToken, parameters);

    private static AuditEvent EventOf(RestoreResult result, RequestContext actor) =>
        new(
            AuditEventTypes.BackupRestored,
            AuditStatus.Success,
            null,
            actor.IpAddress,
            actor.UserAgent,
            new Dictionary<string, object?>
            {
                ["reason"] = Reason,
                ["sessions"] = result.Sessions,
                ["families"] = result.Families,
                ["grants"] = result.Grants,
                ["links"] = result.Links,
                ["devices"] = result.Devices,
                ["mails"] = result.Mails,
            }
        );
}
