using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.PersonalTokens;

namespace Identity.Core.People;

/// <summary>Revokes a person's personal access tokens. Nobody makes one for somebody else: it would act in their
/// name.</summary>
public sealed class PersonalTokenActions(PersonAction actions, PersonalTokenStore tokens)
{
    /// <summary>Revokes one; notifies the person.</summary>
    public Task<AdminOutcome> RevokeAsync(
        Operator actor,
        Guid userId,
        Guid tokenId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.PersonalTokenRevoke,
            userId,
            request,
            async (change, cancel) =>
            {
                var name = await tokens.RemoveAsync(change.Transaction, userId, tokenId, PersonNotices.Nowhere, cancel);
                if (name is null)
                    return new AdminOutcome.NotFound();
                change.Details["personal_token_id"] = tokenId;
                change.Details["name"] = name;
                return PersonAction.Done;
            },
            cancellationToken
        );
}
