using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Mail;
using Identity.Core.Passkeys;
using Identity.Core.TwoFactor;

namespace Identity.Core.People;

/// <summary>Removes factors that a person has lost. A caller at a help desk may be an impostor, so a note says how the
/// person was recognised, and the person is notified by mail.</summary>
public sealed class FactorActions(PersonAction actions, SecurityNotices notices)
{
    /// <summary>Removes the authenticator app with its recovery codes and trusted browsers.</summary>
    public Task<AdminOutcome> RemoveTotpAsync(
        Operator actor,
        Guid userId,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.FactorRemove,
            userId,
            request,
            async (change, cancel) =>
            {
                if (AdminRules.RequireNote(note) is { } missing)
                    return missing;
                if (!await TotpRemoval.RemoveAsync(change.Transaction, userId, cancel))
                    return PersonRule.NothingToDo;
                change.Details["note"] = note;
                await notices.TellAsync(change, MailKind.FactorRemoved, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>Removes a passkey, even if it is the last way to sign in: a reset link restores access.</summary>
    public Task<AdminOutcome> RemovePasskeyAsync(
        Operator actor,
        Guid userId,
        Guid passkeyId,
        string? note,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.PasskeyRemove,
            userId,
            request,
            async (change, cancel) =>
            {
                if (AdminRules.RequireNote(note) is { } missing)
                    return missing;
                if (await PasskeyRemoval.RemoveAsync(change.Transaction, userId, passkeyId, cancel) is not { } name)
                    return new AdminOutcome.NotFound();
                change.Details["passkey_id"] = passkeyId;
                change.Details["note"] = note;
                await notices.TellAsync(change, MailKind.PasskeyWithdrawn, cancel, ("passkey", name));
                return PersonAction.Done;
            },
            cancellationToken
        );
}
