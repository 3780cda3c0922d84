using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Grants;
using Identity.Core.Mail;
using Identity.Core.Sessions;

namespace Identity.Core.People;

/// <summary>Ends a person's sessions and the access of apps.</summary>
public sealed class SessionActions(
    PersonAction actions,
    SessionStore sessions,
    TokenFamilyStore families,
    SecurityNotices notices
)
{
    /// <summary>Ends one session of the person with its tokens; notifies the person.</summary>
    public Task<AdminOutcome> EndAsync(
        Operator actor,
        Guid userId,
        Guid sessionId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.SessionEnd,
            userId,
            request,
            async (change, cancel) =>
            {
                if (!await SessionStore.IsOfAsync(change.Transaction, userId, sessionId, cancel))
                    return new AdminOutcome.NotFound();
                if (!await sessions.EndAsync(change.Transaction, sessionId, EndReason.AdminRevoked, request, cancel))
                    return PersonRule.NothingToDo;
                change.Details["session_id"] = sessionId;
                await notices.TellAsync(change, MailKind.SessionsEnded, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>Signs the person out everywhere, including pending sign-ins, and ends their tokens; notifies the
    /// person.</summary>
    public async Task<AdminOutcome<int>> EndAllAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var ended = 0;
        var outcome = await actions.RunAsync(
            actor,
            AdminActions.SessionEndAll,
            userId,
            request,
            async (change, cancel) =>
            {
                await CredentialVersions.RaiseAsync(change.Transaction, userId, cancel);
                ended = await sessions.EndAllAsync(
                    change.Transaction,
                    userId,
                    null,
                    EndReason.AdminRevoked,
                    request,
                    cancel
                );
                change.Details["sessions"] = ended;
                if (ended > 0)
                    await notices.TellAsync(change, MailKind.SessionsEnded, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );
        return outcome is AdminOutcome.Done ? ended : outcome;
    }

    /// <summary>Ends a refresh family of the person: the app needs a new sign-in.</summary>
    public async Task<AdminOutcome> RevokeGrantAsync(
        Operator actor,
        Guid userId,
        Guid familyId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (await families.FindAsync(familyId, cancellationToken) is not { } family || family.UserId != userId)
            return AdminRules.Require(actor, AdminActions.GrantRevoke) ?? new AdminOutcome.NotFound();
        return await actions.RunAsync(
            actor,
            AdminActions.GrantRevoke,
            userId,
            request,
            async (change, cancel) =>
            {
                if (!await TokenFamilyStore.EndAsync(change.Transaction, familyId, cancel))
                    return PersonRule.NothingToDo;
                change.Details["family_id"] = familyId;
                change.Details["client_id"] = family.ClientId;
                return PersonAction.Done;
            },
            cancellationToken
        );
    }
}
