using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;

namespace Identity.Core.External;

// External owns the links to accounts at other providers that sign a person in here. It does not talk to other
// providers (Pages does, with ASP.NET Core's handler) and never links accounts because their email addresses are equal.

/// <summary>An account at another provider.</summary>
public sealed record ExternalLogin(
    string Provider,
    string? DisplayName,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>A person at another provider.</summary>
/// <param name="Provider">The configured name of the provider, never a value of a token.</param>
/// <param name="Issuer">Who identifies the person: a subject is unique only within its issuer (OIDC Core 2).</param>
/// <param name="DisplayName">Their address or name there.</param>
public sealed record ExternalSubject(string Provider, string Issuer, string Subject, string? DisplayName);

/// <summary>Links accounts at other providers to local accounts. The caller must have verified the local account
/// (step-up) before linking.</summary>
public sealed class ExternalLoginStore(Database database, SecurityNotices notices, AuditLog audit)
{
    private const int MaxSubjectLength = 255;
    private const int MaxIssuerLength = 500;
    private const int MaxNameLength = 200;

    /// <summary>Returns the local account of a subject and records the use; null if there is no link or the account may
    /// not act.</summary>
    /// <param name="provider">The configured name of the provider, never a value of a token.</param>
    /// <param name="issuer">The issuer of the ID token: a subject is unique only within its issuer (OIDC Core
    /// 2).</param>
    public Task<CredentialProof?> FindAsync(
        string provider,
        string issuer,
        string subject,
        CancellationToken cancellationToken
    ) =>
        database.QuerySingleOrDefaultAsync<CredentialProof?>(
            $"""
            UPDATE idp.external_logins e SET last_used_at = now() FROM public.users u
            WHERE e.provider = @provider AND e.issuer = @issuer AND e.subject = @subject AND u.id = e.user_id
                AND {AccountState.MayAct}
            RETURNING e.user_id, u.credential_version
            """,
            static row => new CredentialProof(row.GetGuid(0), row.GetInt64(1)),
            cancellationToken,
            ("provider", provider),
            ("issuer", issuer),
            ("subject", subject)
        );

    /// <summary>Links, and notifies the owner. False if the subject is linked to any account, the account already has a
    /// link to this provider, or the proof is no longer valid.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<bool> LinkAsync(
        CredentialProof proof,
        string provider,
        string issuer,
        string subject,
        string? displayName,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            (transaction, cancel) =>
                LinkAsync(transaction, proof, new(provider, issuer, subject, displayName), request, cancel),
            cancellationToken
        );

    /// <summary>The same within the caller's transaction.</summary>
    internal async Task<bool> LinkAsync(
        DatabaseTransaction transaction,
        CredentialProof proof,
        ExternalSubject person,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        // PostgreSQL's text cannot contain NUL; a subject is at most 255 ASCII characters (OIDC Core 2).
        if (!IsPlain(person.Subject, MaxSubjectLength) || !IsPlain(person.Issuer, MaxIssuerLength))
            return false;
        if (!await CredentialVersions.HoldAsync(transaction, proof, cancellationToken))
            return false;
        var linked = await transaction.ExecuteAsync(
            """
            INSERT INTO idp.external_logins (provider, issuer, subject, user_id, display_name)
            VALUES (@provider, @issuer, @subject, @id, @name) ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("provider", person.Provider),
            ("issuer", person.Issuer),
            ("subject", person.Subject),
            ("id", proof.UserId),
            ("name", SqlNull.Text(Shown(person.DisplayName)))
        );
        if (linked == 1)
            await TellAsync(
                transaction,
                AuditEventTypes.ExternalLoginAdded,
                MailKind.ExternalLoginAdded,
                proof.UserId,
                person.Provider,
                request,
                cancellationToken
            );
        return linked == 1;
    }

    /// <summary>A person's links.</summary>
    public Task<List<ExternalLogin>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            "SELECT provider, display_name, created_at, last_used_at FROM idp.external_logins WHERE user_id = @id "
                + "ORDER BY provider",
            static row => new ExternalLogin(
                row.GetString(0),
                row.IsDBNull(1) ? null : row.GetString(1),
                row.GetFieldValue<DateTimeOffset>(2),
                row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3)
            ),
            cancellationToken,
            ("id", userId)
        );

    /// <summary>Removes a link and notifies the owner. False if there is none, it is the person's only way to sign in,
    /// or the proof is no longer valid.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<bool> UnlinkAsync(
        CredentialProof proof,
        string provider,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return false;
                var userId = proof.UserId;
                var gone = await transaction.ExecuteAsync(
                    """
                    DELETE FROM idp.external_logins e WHERE e.user_id = @id AND e.provider = @provider
                      AND (EXISTS (SELECT FROM public.users u WHERE u.id = @id AND u.password_hash IS NOT NULL)
                           OR EXISTS (SELECT FROM idp.passkeys p WHERE p.user_id = @id)
                           OR EXISTS (SELECT FROM idp.external_logins o WHERE o.user_id = @id
                               AND o.provider <> e.provider))
                    """,
                    cancel,
                    ("id", userId),
                    ("provider", provider)
                );
                if (gone == 0)
                    return false;
                await CredentialVersions.RaiseAsync(transaction, userId, cancel);
                await TellAsync(
                    transaction,
                    AuditEventTypes.ExternalLoginRemoved,
                    MailKind.ExternalLoginRemoved,
                    userId,
                    provider,
                    request,
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    private async Task TellAsync(
        DatabaseTransaction transaction,
        string type,
        MailKind mail,
        Guid userId,
        string provider,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await audit.AppendAsync(
            transaction,
            new(
                type,
                AuditStatus.Success,
                userId,
                request.IpAddress,
                request.UserAgent,
                new Dictionary<string, object?> { ["provider"] = provider }
            ),
            cancellationToken
        );
        await notices.QueueAsync(transaction, userId, mail, request, cancellationToken, ("provider", provider));
    }

    private static bool IsPlain(string text, int longest) =>
        text.Length > 0 && text.Length <= longest && text.All(static sign => sign is > '\u001f' and < '\u007f');

    private static string? Shown(string? name)
    {
        var kept = name is null
            ? ""
            : new string([
                .. name.Where(static sign => !char.IsControl(sign) && !char.IsSurrogate(sign)).Take(MaxNameLength),
            ]).Trim();
        return kept.Length > 0 ? kept : null;
    }
}
