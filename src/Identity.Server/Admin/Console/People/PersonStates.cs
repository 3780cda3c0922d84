using Identity.Core.People;
using Identity.Core.Users;

namespace Identity.Server.Admin.Console.People;

/// <summary>The state of an account in one word: the most serious one that applies.</summary>
internal static class PersonStates
{
    public static PersonState Of(PersonSummary person) =>
        person.IsDisabled ? PersonState.Deactivated
        : person.IsLocked ? PersonState.Locked
        : person.EmailVerified ? PersonState.Active
        : PersonState.Unverified;

    public static PersonState Of(UserAccount account, DateTimeOffset now) =>
        account.IsDisabled ? PersonState.Deactivated
        : account.LockedUntil > now ? PersonState.Locked
        : account.EmailVerified ? PersonState.Active
        : PersonState.Unverified;

    public static string Style(PersonSummary person) => Style(Of(person));

    public static string Style(PersonState state) => state == PersonState.Active ? "good" : "attention";
}
