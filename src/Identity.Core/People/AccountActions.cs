using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Users;

namespace Identity.Core.People;

/// <summary>Actions on whether an account may be used: locking for a while, deactivating now or later, and undoing
/// both.</summary>
public sealed class AccountActions(
    PersonAction actions,
    UserStore users,
    AccountLock accounts,
    SecurityNotices notices,
    TimeProvider time
)
{
    /// <summary>Locks the account for a while, whatever the proof. Sessions are suspended.</summary>
    /// <param name="duration">At most <see cref="AccountLock.MaxDuration"/>.</param>
    /// <param name="note">Why; it may be left out.</param>
    public Task<AdminOutcome> LockAsync(
        Operator actor,
        Guid userId,
        TimeSpan duration,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserLock,
            userId,
            request,
            async (change, cancel) =>
            {
                if (JudgeLock(duration, note) is { } invalid)
                    return invalid;
                if (await AdminRules.NotLastAdministratorAsync(change.Transaction, userId, cancel) is { } last)
                    return last;
                change.Details["until"] = await AccountLock.LockAsync(change.Transaction, userId, duration, cancel);
                change.Details["minutes"] = (long)duration.TotalMinutes;
                change.Details["note"] = Written(note);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>Removes the operator's lock and any lock caused by wrong passwords; notifies the person.</summary>
    public Task<AdminOutcome> UnlockAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserUnlock,
            userId,
            request,
            async (change, cancel) =>
            {
                change.Details["locked_until"] = change.Person.LockedUntil;
                await accounts.UnlockAsync(change.Transaction, change.Person, cancel);
                await notices.TellAsync(change, MailKind.AccountUnlocked, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>Disables the account and ends its sessions and tokens, now or at a given moment; notifies the person
    /// when it happens.</summary>
    /// <param name="from">When; null or a past moment means now.</param>
    /// <param name="note">Why; it may be left out.</param>
    public Task<AdminOutcome> DeactivateAsync(
        Operator actor,
        Guid userId,
        DateTimeOffset? from,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserDeactivate,
            userId,
            request,
            async (change, cancel) =>
            {
                if (OptionalNote(note) is { } invalid)
                    return invalid;
                if (change.Person.IsDisabled)
                    return PersonRule.NothingToDo;
                if (await AdminRules.NotLastAdministratorAsync(change.Transaction, userId, cancel) is { } last)
                    return last;
                change.Details["note"] = Written(note);
                change.Details["from"] = from;
                if (from is { } moment && moment > time.GetUtcNow())
                {
                    await DeactivationSchedule.SetAsync(change.Transaction, userId, moment, cancel);
                    return PersonAction.Done;
                }
                await users.DisableAsync(change.Transaction, userId, request, cancel);
                await DeactivationSchedule.ClearAsync(change.Transaction, userId, cancel);
                await notices.TellAsync(change, MailKind.AccountDeactivated, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>Enables the account again and cancels a scheduled deactivation. Ended sessions and tokens stay
    /// ended.</summary>
    public Task<AdminOutcome> ReactivateAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserReactivate,
            userId,
            request,
            async (change, cancel) =>
            {
                var planned = await DeactivationSchedule.ClearAsync(change.Transaction, userId, cancel);
                var enabled = await UserStore.EnableAsync(change.Transaction, userId, cancel);
                change.Details["was_planned"] = planned;
                return planned || enabled ? PersonAction.Done : PersonRule.NothingToDo;
            },
            cancellationToken
        );

    internal static AdminOutcome? JudgeLock(TimeSpan duration, string? note) =>
        duration <= TimeSpan.Zero || duration > AccountLock.MaxDuration
            ? new AdminOutcome.Invalid("minutes", "Lock for more than no time and at most a year.")
            : OptionalNote(note);

    // A blank note is none, however long.
    private static string? Written(string? note) => string.IsNullOrWhiteSpace(note) ? null : note;

    private static AdminOutcome? OptionalNote(string? note) =>
        Written(note) is { } written ? AdminRules.RequireNote(written) : null;
}
