using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Passkeys;
using Identity.Core.PersonalTokens;
using Identity.Core.Sessions;
using Identity.Core.Users;

namespace Identity.Core.People;

/// <summary>A person as an operator sees them.</summary>
/// <param name="DeactivateAt">When the account is to be deactivated; null if not scheduled.</param>
/// <param name="LockNote">The operator's reason, while the account is locked.</param>
public sealed record PersonDetail(
    UserAccount Account,
    SecurityStatus Security,
    IReadOnlyList<ActiveSession> Sessions,
    IReadOnlyList<TokenFamily> Grants,
    ILookup<Guid, RefreshGeneration> Generations,
    IReadOnlyList<Passkey> Passkeys,
    IReadOnlyList<PersonalTokenEntry> Tokens,
    IReadOnlyList<SentMail> Mails,
    DateTimeOffset? DeactivateAt,
    string? LockNote
);

/// <summary>A mail to a person, without its content.</summary>
public sealed record SentMail(string Kind, string State, DateTimeOffset CreatedAt, DateTimeOffset? SentAt);

/// <summary>Reads one person.</summary>
public sealed class PersonReader(
    Database database,
    UserStore users,
    SecurityStatusReader security,
    SessionStore sessions,
    TokenFamilyStore families,
    PasskeyStore passkeys,
    PersonalTokenStore tokens,
    DeactivationSchedule schedule,
    AuditReader audit
)
{
    private const int MaxGrants = 20;
    private const int MaxDrawn = 12;
    private const int MaxMails = 20;

    /// <summary>The person with this id.</summary>
    public async Task<AdminOutcome<PersonDetail>> FindAsync(
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.UserShow) is { } refused)
            return refused;
        if (await users.FindAsync(userId, cancellationToken) is not { } account)
            return new AdminOutcome.NotFound();
        TokenFamily[] grants = [.. (await families.ListAsync(userId, cancellationToken)).Take(MaxGrants)];
        return new PersonDetail(
            account,
            await security.ReadAsync(userId, cancellationToken) ?? new(0, 0, 0, 0, null),
            await sessions.ListAsync(userId, cancellationToken),
            grants,
            await families.GenerationsAsync([.. grants.Select(static grant => grant.Id)], MaxDrawn, cancellationToken),
            await passkeys.ListAsync(userId, cancellationToken),
            await tokens.ListAsync(userId, cancellationToken),
            actor.May(AdminPermission.MailRead) ? await MailsAsync(userId, cancellationToken) : [],
            await schedule.FindAsync(userId, cancellationToken),
            account.IsLockedByOperator ? await LockNoteAsync(userId, cancellationToken) : null
        );
    }

    /// <summary>The person's events, newest first, after a position in the list.</summary>
    /// <param name="after">The last entry of the previous page; null for the newest.</param>
    public async Task<AdminOutcome<IReadOnlyList<AuditEntry>>> ActivityAsync(
        Operator actor,
        Guid userId,
        AuditPlace? after,
        int count,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminPermission.AuditRead) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<AuditEntry>>.Done(
                await audit.ActivityOfUserAsync(userId, after, count, cancellationToken)
            );

    private Task<List<SentMail>> MailsAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            """
            SELECT kind, state, created_at, sent_at FROM idp.mail_outbox WHERE user_id = @id
            ORDER BY created_at DESC, id LIMIT @count
            """,
            static row => new SentMail(
                row.GetString(0),
                row.GetString(1),
                row.GetFieldValue<DateTimeOffset>(2),
                row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3)
            ),
            cancellationToken,
            ("id", userId),
            ("count", MaxMails)
        );

    private Task<string?> LockNoteAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<string?>(
            """
            SELECT details ->> 'note' FROM public.audit_logs
            WHERE user_id = @id AND event_type = 'account_locked' AND details ->> 'action' = 'user.lock'
            ORDER BY created_at DESC LIMIT 1
            """,
            static row => row.IsDBNull(0) ? null : row.GetString(0),
            cancellationToken,
            ("id", userId)
        );
}
