using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Users;

namespace Identity.Core.People;

// People owns what an operator sees of a person and does for one: searching, the detail, and every administrative
// action on an account. It owns no rule about sessions, factors, passwords or mails: each action asks the room that
// does, in one transaction with its audit row and its notice. What a person does for themselves is not here.

/// <summary>How every action on a person runs: permission and proof first, then in one transaction the account is held,
/// the rules about administrators are asked, the change is made and its audit row is written.</summary>
public sealed class PersonAction(Database database, AdminAuditLog audit)
{
    /// <summary>Runs it.</summary>
    /// <param name="change">Makes the change, and puts what changed into the details of the audit row. Anything but
    /// Done means that it has written nothing.</param>
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

/// <summary>An action on a person under way.</summary>
/// <param name="Person">The account, as it was when it was held.</param>
internal sealed record PersonChange(DatabaseTransaction Transaction, UserAccount Person)
{
    /// <summary>What goes into the audit row: never a secret.</summary>
    public Dictionary<string, object?> Details { get; } = new(StringComparer.Ordinal);
}

/// <summary>The names of rules of this room that refuse an action.</summary>
public static class PersonRule
{
    /// <summary>The mailbox has had as many mails as allowed.</summary>
    public const string MailLimit = "mail_limit";

    /// <summary>There is nothing to do: the account is so already.</summary>
    public const string Already = "already";

    /// <summary>The account is deactivated.</summary>
    public const string Deactivated = "deactivated";

    /// <summary>Whether a rule only says that nothing was left to do: it is no attempt at what is forbidden.</summary>
    public static bool ForbidsNothing(string rule) => rule is MailLimit or Already or Deactivated;

    internal static AdminOutcome.Refused TooManyMails =>
        new(MailLimit, "This person has been sent as many messages as allowed. Try again later.");

    internal static AdminOutcome.Refused NothingToDo => new(Already, "There is nothing to change.");
}

/// <summary>Tells a person of what an operator did. It names no device and no address: those are the
/// operator's.</summary>
internal static class PersonNotices
{
    private static readonly RequestContext Nowhere = new(null, null, null);

    public static Task TellAsync(
        this SecurityNotices notices,
        PersonChange change,
        MailKind kind,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] values
    ) => notices.QueueAsync(change.Transaction, change.Person.Id, kind, Nowhere, cancellationToken, values);
}
