using System.Collections.Frozen;

namespace Identity.Core.Administration;

/// <summary>The administrative roles that are built in. Their permissions stand here, not in the database: a release
/// that adds a permission adds it to them.</summary>
public static class AdminRole
{
    /// <summary>Everything.</summary>
    public const string Admin = "identity-admin";

    /// <summary>Helps people with their accounts.</summary>
    public const string Support = "identity-support";

    /// <summary>Reads everything, exports the audit log, changes nothing.</summary>
    public const string Auditor = "identity-auditor";

    /// <summary>The beginning of the built-in names, which no other role may have.</summary>
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
    /// <param name="stored">The permissions of its row; those of a built-in role are not read. Names that this release
    /// does not know allow nothing.</param>
    public static FrozenSet<AdminPermission> PermissionsOf(string name, IEnumerable<string> stored) =>
        BuiltIn.TryGetValue(name, out var permissions)
            ? permissions
            : stored.Select(AdminPermission.Find).OfType<AdminPermission>().ToFrozenSet();
}
