using System.Collections.Frozen;

namespace Identity.Core.Profile;

/// <summary>The claims of each standard scope (OpenID Connect Core section 5.4), and how each is read: the allow-list
/// of TK-4.</summary>
public static class ScopeClaims
{
    /// <summary>The scope for a person's roles.</summary>
    public const string RolesScope = "roles";

    /// <summary>The scope for a person's groups.</summary>
    public const string GroupsScope = "groups";

    /// <summary>The claim with the names of the roles that concern the client.</summary>
    public const string RolesClaim = "roles";

    /// <summary>The claim with the names of the groups.</summary>
    public const string GroupsClaim = "groups";

    private static readonly FrozenDictionary<string, string[]> OfScope = new Dictionary<string, string[]>(
        StringComparer.Ordinal
    )
    {
        ["profile"] =
        [
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        ["email"] = ["email", "email_verified"],
        ["phone"] = ["phone_number", "phone_number_verified"],
        ["address"] = ["address"],
        [RolesScope] = [RolesClaim],
        [GroupsScope] = [GroupsClaim],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<SubjectProfile, object?>> Readers = new Dictionary<
        string,
        Func<SubjectProfile, object?>
    >(StringComparer.Ordinal)
    {
        ["name"] = subject => subject.Name,
        ["family_name"] = subject => subject.FamilyName,
        ["given_name"] = subject => subject.GivenName,
        ["middle_name"] = subject => subject.MiddleName,
        ["nickname"] = subject => subject.Nickname,
        ["preferred_username"] = subject => subject.PreferredUsername,
        ["profile"] = subject => subject.Profile,
        ["picture"] = subject => subject.Picture,
        ["website"] = subject => subject.Website,
        ["gender"] = subject => subject.Gender,
        ["birthdate"] = subject => subject.Birthdate,
        ["zoneinfo"] = subject => subject.Zoneinfo,
        ["locale"] = subject => subject.Locale,
        ["updated_at"] = subject => subject.UpdatedAt.ToUnixTimeSeconds(),
        ["email"] = subject => subject.Email,
        ["email_verified"] = subject => subject.EmailVerified,
        ["phone_number"] = subject => subject.PhoneNumber,
        ["phone_number_verified"] = subject => subject.PhoneNumber is null ? null : subject.PhoneNumberVerified,
        ["address"] = subject => subject.Address,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All available claims, for discovery.</summary>
    public static IEnumerable<string> All => Readers.Keys.Append(RolesClaim).Append(GroupsClaim);

    /// <summary>The claims that are stored in a column of <c>users</c>: possible sources of a claim mapping.</summary>
    public static IEnumerable<string> Columns => Readers.Keys;

    public static IReadOnlyList<string> Of(string scope) => OfScope.TryGetValue(scope, out var claims) ? claims : [];

    /// <summary>The scope of a claim; null if none includes it.</summary>
    public static string? ScopeOf(string claim) =>
        OfScope.FirstOrDefault(scope => scope.Value.Contains(claim, StringComparer.Ordinal)).Key;

    /// <summary>The claims of a scope that go into the ID token of every client. Apps need roles and groups at sign-in;
    /// the claims of OpenID Connect's own scopes come from userinfo (OpenID Connect Core section 5.4).</summary>
    internal static IReadOnlyList<string> OfInIdToken(string scope) =>
        scope is RolesScope or GroupsScope ? Of(scope) : [];

    internal static object? Read(SubjectProfile subject, string clientId, string claim) =>
        claim switch
        {
            RolesClaim => subject.Entitlements.RolesFor(clientId),
            GroupsClaim => subject.Entitlements.GroupNames,
            _ => ReadColumn(subject, claim),
        };

    internal static object? ReadColumn(SubjectProfile subject, string column) =>
        Readers.TryGetValue(column, out var read) ? read(subject) : null;
}
