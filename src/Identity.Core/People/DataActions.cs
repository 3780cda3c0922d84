using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Users;

namespace Identity.Core.People;

/// <summary>Actions on a person's data: profile, copy, erasure.</summary>
public sealed class DataActions(PersonAction actions, AccountEraser eraser, SecurityNotices notices)
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Changes the profile.</summary>
    /// <param name="version">The version of the profile that the operator saw (<see cref="VersionOf"/>); null to skip
    /// the check.</param>
    public Task<AdminOutcome> ChangeProfileAsync(
        Operator actor,
        Guid userId,
        ProfileChange profile,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) => ChangeProfileAsync(actor, userId, _ => profile, version, request, cancellationToken);

    /// <summary>The same for what is made of the profile that stands.</summary>
    public Task<AdminOutcome> ChangeProfileAsync(
        Operator actor,
        Guid userId,
        Func<UserAccount, ProfileChange> make,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserProfile,
            userId,
            request,
            async (change, cancel) =>
            {
                if (version is not null && version != VersionOf(change.Person))
                    return new AdminOutcome.Stale();
                var profile = make(change.Person);
                if (Judge(profile) is { } invalid)
                    return invalid;
                // The names of the fields and not their values: the log outlives the person's erasure.
                string[] changed = [.. Changed(change.Person, profile)];
                if (changed.Length == 0)
                    return PersonRule.NothingToDo;
                change.Details["changed"] = changed;
                await UserStore.ChangeProfileAsync(change.Transaction, userId, profile, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    /// <summary>The version of the profile as it was read, so that a change does not overwrite another one.</summary>
    public static string VersionOf(UserAccount person) =>
        VersionOf(new ProfileChange(person.Name, person.GivenName, person.FamilyName, person.Locale, person.Zoneinfo));

    /// <summary>The mark of a profile once it is written.</summary>
    public static string VersionOf(ProfileChange profile) =>
        Convert.ToHexStringLower(
            Sha256Digest
                .Of(
                    string.Join(
                        '\n',
                        profile.Name,
                        profile.GivenName,
                        profile.FamilyName,
                        profile.Locale,
                        profile.Zoneinfo
                    )
                )
                .Value
        );

    /// <summary>Everything that is stored about the person, as JSON, without secrets; notifies the person.</summary>
    public async Task<AdminOutcome<string>> ExportAsync(
        Operator actor,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        string? copy = null;
        var outcome = await actions.RunAsync(
            actor,
            AdminActions.UserExport,
            userId,
            request,
            async (change, cancel) =>
            {
                copy = await AccountExporter.ReadAsync(change.Transaction, userId, cancel);
                await notices.TellAsync(change, MailKind.DataCopied, cancel);
                return copy is null ? new AdminOutcome.NotFound() : PersonAction.Done;
            },
            cancellationToken
        );
        return outcome is AdminOutcome.Done ? copy! : outcome;
    }

    /// <summary>Erases the account and everything that is stored about the person.</summary>
    /// <param name="typedEmail">The address as typed by the operator, to confirm the target.</param>
    public Task<AdminOutcome> EraseAsync(
        Operator actor,
        Guid userId,
        string? typedEmail,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        actions.RunAsync(
            actor,
            AdminActions.UserErase,
            userId,
            request,
            async (change, cancel) =>
            {
                if (
                    !EmailAddress.TryParse(typedEmail?.Trim(), out var typed)
                    || typed.Canonical != EmailAddress.Parse(change.Person.Email).Canonical
                )
                    return new AdminOutcome.Invalid("confirmation", "Type the address of this account.");
                if (await AdminRules.NotLastAdministratorAsync(change.Transaction, userId, cancel) is { } last)
                    return last;
                await eraser.EraseAsync(change.Transaction, userId, request, cancel);
                return PersonAction.Done;
            },
            cancellationToken
        );

    internal static AdminOutcome.Invalid? Judge(ProfileChange profile) =>
        Bad(profile.Name) ? new("name", "A name has at most 100 characters, none of them control characters.")
        : Bad(profile.GivenName) ? new("given_name", "A name has at most 100 characters.")
        : Bad(profile.FamilyName) ? new("family_name", "A name has at most 100 characters.")
        : profile.Locale is { Length: > 35 } ? new("locale", "This is not a language.")
        : profile.Zoneinfo is { } zone && TimeZoneName.Find(zone) is null ? new("zoneinfo", "This is not a time zone.")
        : null;

    private static bool Bad(string? name) =>
        name is not null && (name.Length > MaxNameLength || !UntrustedText.IsText(name));

    private static IEnumerable<string> Changed(UserAccount old, ProfileChange next)
    {
        if (old.Name != next.Name)
            yield return "name";
        if (old.GivenName != next.GivenName)
            yield return "given_name";
        if (old.FamilyName != next.FamilyName)
            yield return "family_name";
        if (old.Locale != next.Locale)
            yield return "locale";
        if (old.Zoneinfo != next.Zoneinfo)
            yield return "zoneinfo";
    }
}
