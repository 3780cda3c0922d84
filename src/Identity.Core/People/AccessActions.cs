using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Npgsql;

namespace Identity.Core.People;

/// <summary>Actions that restore access: a new account with an invitation, a reset link, a verification, another
/// address.</summary>
public sealed class AccessActions(
    PersonAction actions,
    Database database,
    PasswordRecovery recovery,
    AccountSecurer securer,
    EmailVerifier verifier,
    EmailChanger addresses,
    AdminAuditLog audit
)
{
    /// <summary>Creates an account. Without a password, it sends an invitation to choose one, which also proves the
    /// address.</summary>
    public async Task<AdminOutcome<UserAccount>> CreateAsync(
        Operator actor,
        NewAccount account,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        ProfileChange profile = new(account.Name, account.GivenName, account.FamilyName, account.Locale, null);
        if ((AdminRules.Require(actor, AdminActions.UserCreate) ?? DataActions.Judge(profile)) is { } refused)
            return refused;
        return await database.InTransactionAsync<AdminOutcome<UserAccount>>(
            async (transaction, cancel) =>
            {
                if (await UserStore.InsertAsync(transaction, account, cancel) is not { } person)
                    return new AdminOutcome.Invalid("email", "Somebody has an account with this address.");
                var invited =
                    account.Hash is null
                    && await recovery.SendAsync(transaction, person, MailKind.Invitation, request, cancel);
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.UserCreate,
                    person.Id,
                    request,
                    new Dictionary<string, object?> { ["invited"] = invited, ["verified"] = account.IsVerified },
                    cancel
                );
                return person;
            },
            cancellationToken
        );
    }

    /// <summary>Sends a link to choose a new password.</summary>
    public Task<AdminOutcome> SendResetAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.ResetSend,
            userId,
            request,
            async (change, cancel) =>
                change.Person.IsDisabled ? Deactivated
                : await recovery.SendAsync(change.Transaction, change.Person, MailKind.PasswordReset, request, cancel)
                    ? PersonAction.Done
                : PersonRule.TooManyMails,
            cancellationToken
        );

    /// <summary>Ends every access of browsers, apps and links, and removes the password; notifies the person.</summary>
    public async Task<AdminOutcome<SecuredAccount>> SecureAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        SecuredAccount? ended = null;
        var outcome = await actions.RunAsync(
            actor,
            AdminActions.UserSecure,
            userId,
            request,
            async (change, cancel) =>
            {
                var secured = await securer.SecureAsync(
                    change.Transaction,
                    userId,
                    EndReason.AdminRevoked,
                    request,
                    PersonNotices.Nowhere,
                    cancel
                );
                ended = secured?.Ended;
                if (ended is null)
                    return new AdminOutcome.NotFound();
                AccountSecurer.Describe(ended, change.Details);
                return PersonAction.Done;
            },
            cancellationToken
        );
        return outcome is AdminOutcome.Done ? ended! : outcome;
    }

    /// <summary>Sends a link that proves the address.</summary>
    public Task<AdminOutcome> SendVerificationAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.VerificationSend,
            userId,
            request,
            async (change, cancel) =>
                change.Person.IsDisabled ? Deactivated
                : change.Person.EmailVerified ? PersonRule.NothingToDo
                : await verifier.SendAsync(
                    change.Transaction,
                    change.Person,
                    EmailAddress.Parse(change.Person.Email),
                    cancel
                )
                    ? PersonAction.Done
                : PersonRule.TooManyMails,
            cancellationToken
        );

    /// <summary>Sets another address, ends every session, notifies the old address with a link to undo the change, and
    /// sends a verification to the new one.</summary>
    public async Task<AdminOutcome> SetEmailAsync(
        Operator actor,
        Guid userId,
        string? email,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await actions.RunAsync(
                actor,
                AdminActions.UserEmail,
                userId,
                request,
                async (change, cancel) =>
                {
                    if (!EmailAddress.TryParse(email?.Trim(), out var next))
                        return new AdminOutcome.Invalid("email", "Enter an email address.");
                    if (next.Canonical == EmailAddress.Parse(change.Person.Email).Canonical)
                        return PersonRule.NothingToDo;
                    await addresses.SetAsync(change.Transaction, change.Person, next, request, cancel);
                    await verifier.SendAsync(change.Transaction, change.Person, next, cancel);
                    return PersonAction.Done;
                },
                cancellationToken
            );
        }
        catch (PostgresException clash) when (clash.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new AdminOutcome.Invalid("email", "Somebody has an account with this address.");
        }
    }

    private static AdminOutcome.Refused Deactivated =>
        new(PersonRule.Deactivated, "This account is deactivated. Reactivate it first.");
}
