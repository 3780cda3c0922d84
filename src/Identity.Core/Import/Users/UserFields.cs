using System.Collections.Frozen;

namespace Identity.Core.Import.Users;

/// <summary>The field names of other systems. Case, hyphens, underscores and spaces are ignored.</summary>
internal static class UserFields
{
    public const string Id = "id";
    public const string Email = "email";
    public const string EmailVerified = "email_verified";
    public const string PasswordHash = "password_hash";
    public const string PasswordSalt = "password_salt";
    public const string PasswordChangedAt = "password_changed_at";
    public const string Disabled = "disabled";
    public const string Enabled = "enabled";
    public const string CreatedAt = "created_at";
    public const string LastLoginAt = "last_login_at";
    public const string PhoneVerified = "phone_number_verified";
    public const string Address = "address";

    /// <summary>Names of roles, a line each; <c>client_id:name</c> for a role of one client.</summary>
    public const string Roles = "roles";

    /// <summary>Names of groups, a line each.</summary>
    public const string Groups = "groups";

    /// <summary>An object of attributes in a JSON file.</summary>
    public const string Attributes = "attributes";

    /// <summary>The beginning of a field that is an attribute: <c>attribute.department</c>.</summary>
    public const string AttributePrefix = "attribute.";

    /// <summary>Columns of the profile that are text, with their maximum length in characters.</summary>
    public static (string Name, int MaxLength)[] Texts { get; } =
    [
        ("name", 200),
        ("given_name", 200),
        ("family_name", 200),
        ("middle_name", 200),
        ("nickname", 200),
        ("preferred_username", 200),
        ("profile", 2048),
        ("picture", 2048),
        ("website", 2048),
        ("gender", 50),
        ("birthdate", 10),
        ("zoneinfo", 64),
        ("locale", 35),
        ("phone_number", 50),
    ];

    // This product's name first, then those of other systems: Keycloak, Firebase, Django, ASP.NET Core Identity, LDAP.
    private static readonly FrozenDictionary<string, string> Names = new (string Name, string[] Others)[]
    {
        (Id, ["sub", "external_id", "localId", "entryUUID"]),
        (Email, ["mail", "emailAddress"]),
        (EmailVerified, ["emailConfirmed"]),
        (PasswordHash, ["password", "userPassword"]),
        (PasswordSalt, ["salt"]),
        (PasswordChangedAt, ["passwordUpdatedAt"]),
        (Disabled, ["isDisabled"]),
        (Enabled, ["isActive"]),
        (CreatedAt, ["createdTimestamp", "dateJoined"]),
        (LastLoginAt, ["lastLogin", "lastSignedInAt"]),
        (PhoneVerified, ["phoneNumberConfirmed"]),
        (Address, []),
        (Roles, []),
        (Groups, []),
        ("name", ["displayName", "fullName", "cn"]),
        ("given_name", ["firstName", "givenName"]),
        ("family_name", ["lastName", "surname", "sn"]),
        ("middle_name", []),
        ("nickname", []),
        ("preferred_username", ["username", "userName", "uid"]),
        ("profile", []),
        ("picture", ["photoUrl"]),
        ("website", []),
        ("gender", []),
        ("birthdate", []),
        ("zoneinfo", ["timezone"]),
        ("locale", ["preferredLanguage"]),
        ("phone_number", ["phone", "telephoneNumber", "mobile"]),
    }
        .SelectMany(static field => field.Others.Append(field.Name), static (field, other) => (field.Name, other))
        .DistinctBy(static pair => Plain(pair.other))
        .ToFrozenDictionary(static pair => Plain(pair.other), static pair => pair.Name, StringComparer.Ordinal);

    /// <summary>The canonical name of a field; null if the import ignores it.</summary>
    public static string? NameOf(string field) =>
        field.StartsWith(AttributePrefix, StringComparison.OrdinalIgnoreCase)
            ? AttributePrefix + field[AttributePrefix.Length..]
            : Names.GetValueOrDefault(Plain(field));

    private static string Plain(string name) =>
        string.Concat(name.Where(static c => c is not ('_' or '-' or ' '))).ToLowerInvariant();
}
