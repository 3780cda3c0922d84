using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Users;

namespace Identity.Core.People;

// People owns what an operator sees of a person and does for one: search, details, and every administrative action on
// an account. It owns no rule about sessions, factors, passwords or mails: each action calls the room that does, in one
// transaction with its audit row and its notice. Self-service is not part of it.

/// <summary>Runs every action on a person: it checks permission and proof, then in one transaction locks the account,
/// checks the rules about administrators, makes the change and writes its audit row.</summary>
public sealed class PersonAction(Database database, AdminAuditLog audit)
{
    /// <summary>Runs it.</summary>
    /// <param name="change">Makes the change and adds it to the details of the audit row. Any result except Done means
    /// that nothing was written.</param>
    internal async Task<AdminOutcome> RunAsync(
        Operator actor,
        AdminAction action,
        Guid userId,
        RequestContext request,
        Func<PersonChange, CancellationToken, Task<AdminOutcome>> change,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, action) is { } refused)
            return refused;
        return await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (await UserStore.HoldAsync(transaction, userId, cancel) is not { } person)
                    return new AdminOutcome.NotFound();
                if (await AdminRules.MayActOnAsync(transaction, actor, userId, cancel) is { } forbidden)
                    return forbidden;
                PersonChange made = new(transaction, person);
                var outcome = await change(made, cancel);
                if (outcome is AdminOutcome.Done)
                    await audit.AppendAsync(transaction, actor, action, userId, request, made.Details, cancel);
                return outcome;
            },
            cancellationToken
        );
    }

    internal static AdminOutcome Done => AdminOutcome.Done.Instance;
}

/// <summary>A running action on a person.</summary>
/// <param name="Person">The account as it was when it was locked.</param>
internal sealed record PersonChange(DatabaseTransaction Transaction, UserAccount Person)
{
    /// <summary>The details of the audit row: never a secret.</summary>
    public Dictionary<string, object?> Details { get; } = new(StringComparer.Ordinal);
}

/// <summary>The names of rules of this room that refuse an action.</summary>
public static class PersonRule
{
    /// <summary>The mailbox has reached its mail limit.</summary>
    public const string MailLimit = AdminRule.MailLimit;

    /// <summary>There is nothing to do: the account is already in that state.</summary>
    public const string Already = "already";

    /// <summary>The account is deactivated.</summary>
    public const string Deactivated = "deactivated";

    /// <summary>Personal access tokens are off.</summary>
    public const string TokensOff = "tokens_off";

    /// <summary>The person has as many personal access tokens as allowed.</summary>
    public const string TokenLimit = "token_limit";

    /// <summary>Whether a rule only reports that there was nothing to do, which is not an attempt at a forbidden
    /// action.</summary>
    public static bool ForbidsNothing(string rule) =>
        rule is MailLimit or Already or Deactivated or TokensOff or TokenLimit;

    internal static AdminOutcome.Refused TooManyMails =>
        new(MailLimit, "This person has been sent as many messages as allowed. Try again later.");

    internal static AdminOutcome.Refused NothingToDo => new(Already, "There is nothing to change.");
}

/// <summary>Notifies a person of an operator's action. The notice names no device and no IP address, because those are
/// the operator's.</summary>
internal static class PersonNotices
{
    public static readonly RequestContext Nowhere = new(null, null, null);

    public static Task TellAsync(
        this SecurityNotices notices,
        PersonChange change,
        MailKind kind,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] values
    ) => notices.QueueAsync(change.Transaction, change.Person.Id, kind, Nowhere, cancellationToken, values);
}
