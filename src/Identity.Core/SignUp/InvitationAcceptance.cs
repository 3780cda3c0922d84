using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Roles;
using Identity.Core.Users;

namespace Identity.Core.SignUp;

/// <summary>Creates the account of somebody who was invited. The link proves the mailbox, so the address needs no other
/// proof; it works once (RV-3).</summary>
public sealed class InvitationAcceptance(
    Database database,
    UserStore users,
    PasswordPolicy policy,
    HashQueue hashes,
    AuditLog audit
)
{
    /// <summary>The invited address of a link that could be used now, or null. Consumes nothing (RV-2).</summary>
    public async Task<EmailAddress?> FindAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync<string?>(
            "SELECT email FROM idp.invitations WHERE token_hash = @hash AND expires_at > now()",
            static row => row.GetString(0),
            cancellationToken,
            ("hash", token.Digest)
        )
            is { } email
            ? EmailAddress.Parse(email)
            : null;

    /// <summary>The words that the password must not be built from (PW-6).</summary>
    public static string[] WordsOf(EmailAddress email, string? name) =>
        [.. new[] { email.Value[..email.Value.LastIndexOf('@')], name }.OfType<string>()];

    /// <summary>Consumes the invitation and creates the account with its roles and groups, in one transaction. Of any
    /// number of parallel calls, one creates it.</summary>
    /// <param name="locale">The language of the page; it becomes the account's unless the invitation names
    /// one.</param>
    public async Task<InvitationResult> AcceptAsync(
        OpaqueToken token,
        PlainTextPassword password,
        string? name,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        // Before the costly hash, so that a guess at a link costs one look-up.
        if (await FindAsync(token, cancellationToken) is not { } email)
            return new InvitationResult.LinkUnusable();
        var judgement = policy.Judge(password, WordsOf(email, name));
        if (!judgement.IsAccepted)
            return new InvitationResult.Refused(judgement);
        var turn = await hashes.HashAsync(password, request.IpAddress, cancellationToken);
        if (turn is HashTurn<PasswordHash>.Busy busy)
            return new InvitationResult.Busy(busy.RetryAfter);

        var hash = ((HashTurn<PasswordHash>.Done)turn).Value;
        return await database.InTransactionAsync<InvitationResult>(
            async (transaction, cancel) =>
            {
                if (await ConsumeAsync(transaction, token, cancel) is not { } invitation)
                    return new InvitationResult.LinkUnusable();
                NewAccount account = new(email, hash, name, Locale: invitation.Locale ?? locale, IsVerified: true);
                if (await users.CreateAsync(transaction, account, request, cancel) is not { } user)
                    return new InvitationResult.AlreadyRegistered();
                await StartingAccess.GiveAsync(transaction, user.Id, invitation.Roles, invitation.Groups, cancel);
                await AuditAsync(transaction, user.Id, invitation, request, cancel);
                return new InvitationResult.Accepted(user);
            },
            cancellationToken
        );
    }

    private sealed record Consumed(Guid Id, string? Locale, Guid[] Roles, Guid[] Groups);

    private static Task<Consumed?> ConsumeAsync(
        DatabaseTransaction transaction,
        OpaqueToken token,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<Consumed?>(
            """
            DELETE FROM idp.invitations WHERE token_hash = @hash AND expires_at > now()
            RETURNING id, locale, role_ids, group_ids
            """,
            static row =>
                new(
                    row.GetGuid(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    row.GetFieldValue<Guid[]>(2),
                    row.GetFieldValue<Guid[]>(3)
                ),
            cancellationToken,
            ("hash", token.Digest)
        );

    // The link proved the mailbox; the details connect the account with the invitation and who sent it.
    private Task AuditAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Consumed invitation,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.EmailVerified,
                AuditStatus.Success,
                userId,
                request.IpAddress,
                request.UserAgent,
                new Dictionary<string, object?> { ["invitation"] = invitation.Id }
            ),
            cancellationToken
        );
}
