using System.Globalization;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.PersonalTokens;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.People;

/// <summary>A token that an operator made for a person, shown this once.</summary>
public sealed record MadePersonalToken(Guid Id, PersonalToken Token);

/// <summary>Makes and revokes personal access tokens of a person, who is notified of either.</summary>
public sealed class PersonalTokenActions(
    PersonAction actions,
    PersonalTokenStore tokens,
    IOptions<PersonalTokenOptions> options
)
{
    /// <summary>The maximum length of a name.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Makes one, with scopes that the person holds and never with more. It acts in the person's name, so it
    /// has a permission of its own and needs a recent proof.</summary>
    public async Task<AdminOutcome<MadePersonalToken>> CreateAsync(
        Operator actor,
        Guid userId,
        NewPersonalToken wanted,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        MadePersonalToken? made = null;
        var named = wanted with { Name = wanted.Name.Trim() };
        var outcome = await actions.RunAsync(
            actor,
            AdminActions.PersonalTokenCreate,
            userId,
            request,
            async (change, cancel) =>
            {
                if (Judge(named) is { } wrong)
                    return wrong;
                if (change.Person is not { MayAct: true })
                    return new AdminOutcome.Refused(PersonRule.Deactivated, "This account is locked or deactivated.");
                var creation = await tokens.AddAsync(change.Transaction, userId, named, PersonNotices.Nowhere, cancel);
                if (creation is not PersonalTokenCreation.Created created)
                    return Refuse(creation);
                made = new(created.Id, created.Token);
                foreach (var (key, value) in PersonalTokenStore.DetailsOf(named))
                    change.Details[key] = value;
                change.Details["personal_token_id"] = created.Id;
                return PersonAction.Done;
            },
            cancellationToken
        );
        return made is not null && outcome is AdminOutcome.Done ? made : outcome;
    }

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

    private AdminOutcome? Judge(NewPersonalToken wanted) =>
        !options.Value.Enabled
            ? new AdminOutcome.Refused(
                PersonRule.TokensOff,
                "Personal access tokens are off (Identity:PersonalTokens)."
            )
        : wanted.Name.Length is 0 or > MaxNameLength || !UntrustedText.IsLine(wanted.Name)
            ? new AdminOutcome.Invalid("name", $"must be 1 to {MaxNameLength} characters on one line.")
        : null;

    private AdminOutcome Refuse(PersonalTokenCreation creation) =>
        creation switch
        {
            PersonalTokenCreation.TooLong => new AdminOutcome.Invalid(
                "days",
                string.Create(CultureInfo.InvariantCulture, $"must be 1 to {options.Value.MaxDays}.")
            ),
            PersonalTokenCreation.TooMany => new AdminOutcome.Refused(
                PersonRule.TokenLimit,
                "This person has as many access tokens as allowed. Revoke one first."
            ),
            _ => new AdminOutcome.Invalid("scopes", "must be scopes on offer that the person holds, at least one."),
        };
}
