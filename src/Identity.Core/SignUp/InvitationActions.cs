using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Roles;

namespace Identity.Core.SignUp;

/// <summary>Sends, repeats, lists and withdraws invitations. Works whether or not sign-up is open, and for addresses of
/// every domain: the operator decides.</summary>
public sealed class InvitationActions(
    Database database,
    StartingAccess access,
    MailOutbox outbox,
    MailLinks links,
    AdminAuditLog audit
)
{
    /// <summary>The maximum page size.</summary>
    public const int MaxPage = 200;

    private const string List = """
        SELECT i.id, i.email,
            ARRAY (SELECT r.name FROM idp.roles r WHERE r.id = ANY (i.role_ids) ORDER BY r.name),
            ARRAY (SELECT g.name FROM idp.groups g WHERE g.id = ANY (i.group_ids) ORDER BY g.name),
            i.created_at, i.expires_at, i.expires_at <= now()
        FROM idp.invitations i WHERE lower(i.email COLLATE "C") > @after
        ORDER BY lower(i.email COLLATE "C") LIMIT @count
        """;

    // An account that was created meanwhile makes an invitation pointless; parallel invitations meet in the index.
    private const string Insert = """
        INSERT INTO idp.invitations (email, locale, role_ids, group_ids, token_hash)
        SELECT @email, @locale, @roles, @groups, @hash
        WHERE NOT EXISTS (SELECT FROM public.users WHERE lower(email COLLATE "C") = @canonical AND deleted_at IS NULL)
        ON CONFLICT (lower(email COLLATE "C")) DO NOTHING RETURNING id
        """;

    private const string Renew = """
        UPDATE idp.invitations SET token_hash = @hash, expires_at = now() + interval '7 days' WHERE id = @id
        """;

    /// <summary>Open and expired invitations, by address.</summary>
    /// <param name="after">The last address of the previous page; null for the first page.</param>
    /// <param name="count">1 to <see cref="MaxPage"/>.</param>
    public async Task<AdminOutcome<IReadOnlyList<Invitation>>> ListAsync(
        Operator actor,
        string? after,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.InvitationList) is { } refused)
            return refused;
        return new AdminOutcome<IReadOnlyList<Invitation>>.Done(
            await database.QueryAsync(
                List,
                static row => new Invitation(
                    row.GetGuid(0),
                    row.GetString(1),
                    row.GetFieldValue<string[]>(2),
                    row.GetFieldValue<string[]>(3),
                    row.GetFieldValue<DateTimeOffset>(4),
                    row.GetFieldValue<DateTimeOffset>(5),
                    row.GetBoolean(6)
                ),
                cancellationToken,
                ("after", EmailAddress.TryParse(after, out var last) ? last.Canonical : ""),
                ("count", Math.Clamp(count, 1, MaxPage))
            )
        );
    }

    /// <summary>Invites somebody by mail. The link works once, within 7 days.</summary>
    public async Task<AdminOutcome<Guid>> SendAsync(
        Operator actor,
        InvitationDraft draft,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (
            (
                AdminRules.Require(actor, AdminActions.InvitationSend)
                ?? await access.JudgeAsync(actor, draft.Roles, draft.Groups, cancellationToken)
            ) is
            { } refused
        )
            return refused;
        return await database.InTransactionAsync<AdminOutcome<Guid>>(
            async (transaction, cancel) =>
            {
                var token = OpaqueToken.Create();
                if (await InsertAsync(transaction, draft, token, cancel) is not { } id)
                    return Taken;
                if (!await MailAsync(transaction, draft.Email, draft.Locale, token, cancel))
                {
                    await DeleteAsync(transaction, id, cancel);
                    return TooManyMails;
                }
                Dictionary<string, object?> details = new()
                {
                    ["invitation"] = id,
                    ["roles"] = draft.Roles.Select(static id => id.ToString()),
                    ["groups"] = draft.Groups.Select(static id => id.ToString()),
                };
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.InvitationSend,
                    null,
                    request,
                    details,
                    cancel
                );
                return id;
            },
            cancellationToken
        );
    }

    /// <summary>Sends a new link for 7 more days; the former one stops working.</summary>
    public async Task<AdminOutcome> ResendAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.InvitationResend) is { } refused)
            return refused;
        return await database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                var token = OpaqueToken.Create();
                var found = await transaction.QuerySingleOrDefaultAsync<(string Email, string? Locale)?>(
                    "SELECT email, locale FROM idp.invitations WHERE id = @id FOR UPDATE",
                    static row => (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)),
                    cancel,
                    ("id", id)
                );
                if (found is not var (email, locale))
                    return new AdminOutcome.NotFound();
                if (!await MailAsync(transaction, EmailAddress.Parse(email), locale, token, cancel))
                    return TooManyMails;
                await transaction.ExecuteAsync(Renew, cancel, ("id", id), ("hash", token.Digest));
                await AuditAsync(transaction, actor, AdminActions.InvitationResend, id, request, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
    }

    /// <summary>Withdraws an invitation: its link stops working.</summary>
    public async Task<AdminOutcome> WithdrawAsync(
        Operator actor,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.InvitationWithdraw) is { } refused)
            return refused;
        return await database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (await DeleteAsync(transaction, id, cancel) == 0)
                    return new AdminOutcome.NotFound();
                await AuditAsync(transaction, actor, AdminActions.InvitationWithdraw, id, request, cancel);
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
    }

    private static AdminOutcome.Invalid Taken =>
        new("email", "Somebody has an account or an open invitation with this address.");

    private static AdminOutcome.Refused TooManyMails =>
        new(AdminRule.MailLimit, "This person has been sent as many messages as allowed. Try again later.");

    private static Task<Guid?> InsertAsync(
        DatabaseTransaction transaction,
        InvitationDraft draft,
        OpaqueToken token,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<Guid?>(
            Insert,
            static row => row.GetGuid(0),
            cancellationToken,
            ("email", draft.Email.Value),
            ("canonical", draft.Email.Canonical),
            ("locale", SqlNull.Text(draft.Locale)),
            ("roles", draft.Roles.Distinct().ToArray()),
            ("groups", draft.Groups.Distinct().ToArray()),
            ("hash", token.Digest)
        );

    private static Task<int> DeleteAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) => transaction.ExecuteAsync("DELETE FROM idp.invitations WHERE id = @id", cancellationToken, ("id", id));

    private Task<bool> MailAsync(
        DatabaseTransaction transaction,
        EmailAddress to,
        string? locale,
        OpaqueToken token,
        CancellationToken cancellationToken
    ) =>
        outbox.QueueAsync(
            transaction,
            new(MailKind.SignUpInvitation, to, null, locale) { Link = links.Invitation(token) },
            cancellationToken
        );

    private Task AuditAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            actor,
            action,
            null,
            request,
            new Dictionary<string, object?> { ["invitation"] = id },
            cancellationToken
        );
}
