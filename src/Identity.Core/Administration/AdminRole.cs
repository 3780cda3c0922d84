using System.Collections.Frozen;

namespace Identity.Core.Administration;

/// <summary>The built-in administrative roles. Their permissions are defined here and not in the database, so that a
/// release can add a permission to them.</summary>
public static class AdminRole
{
    /// <summary>Everything.</summary>
    public const string Admin = "identity-admin";

    /// <summary>Helps people with their accounts.</summary>
    public const string Support = "identity-support";

    /// <summary>Reads everything, exports the audit log, changes nothing.</summary>
    public const string Auditor = "identity-auditor";

    /// <summary>The prefix of the built-in names, which no other role may use.</summary>
    public const string ReservedPrefix = "identity-";

    private static readonly FrozenDictionary<string, FrozenSet<AdminPermission>> BuiltIn = new Dictionary<
        string,
        FrozenSet<AdminPermission>
    >(StringComparer.Ordinal)
    {
        [Admin] = AdminPermission.All.ToFrozenSet(),
        [Support] = new[]
        {
            AdminPermission.UsersRead,
            AdminPermission.UsersLock,
            AdminPermission.UsersFactors,
            AdminPermission.UsersSessions,
            AdminPermission.UsersRecover,
            AdminPermission.AuditRead,
            AdminPermission.DenialsRead,
            AdminPermission.MailRead,
        }.ToFrozenSet(),
        [Auditor] = AdminPermission
            .All.Where(static permission => permission.IsRead)
            .Append(AdminPermission.AuditExport)
            .ToFrozenSet(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The built-in names.</summary>
    public static IEnumerable<string> Names => BuiltIn.Keys;

    /// <summary>What a role allows.</summary>
    /// <param name="name">The name of an administrative role.</param>
    /// <param name="stored">The permissions in its row; not read for a built-in role. Names that this release does not
    /// know allow nothing.</param>
    public static FrozenSet<AdminPermission> PermissionsOf(string name, IEnumerable<string> stored) =>
        BuiltIn.TryGetValue(name, out var permissions)
            ? permissions
            : stored.Select(AdminPermission.Find).OfType<AdminPermission>().ToFrozenSet();
}
