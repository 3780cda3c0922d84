using System.Collections.Frozen;
using Identity.Core.Credentials;
using Identity.Core.Data;

namespace Identity.Core.Administration;

/// <summary>Reads what an operator may do at this moment. The withdrawal of a role takes effect with the next
/// request.</summary>
public sealed class OperatorReader(Database database, TimeProvider time)
{
    /// <summary>The administrative roles that a person holds, directly or through a group: name and stored permissions.
    /// The enclosing statement must use the alias <c>u</c> for the account.</summary>
    internal const string RolesOfPerson = """
        SELECT r.name, r.permissions FROM idp.roles r
        WHERE r.is_administrative AND (
            EXISTS (SELECT FROM idp.user_roles h WHERE h.role_id = r.id AND h.user_id = u.id)
            OR EXISTS (SELECT FROM idp.group_roles g JOIN idp.user_groups m ON m.group_id = g.group_id
                       WHERE g.role_id = r.id AND m.user_id = u.id))
        """;

    /// <summary>A person. Null when they hold no administrative role, or may not act.</summary>
    /// <param name="userId">The person.</param>
    /// <param name="sessionId">The session in which they act.</param>
    /// <param name="provedAt">When they last proved who they are: the later of sign-in and step-up.</param>
    public async Task<Operator?> OfPersonAsync(
        Guid userId,
        Guid? sessionId,
        DateTimeOffset? provedAt,
        CancellationToken cancellationToken
    )
    {
        var roles = await database.QueryAsync(
            $"""
            SELECT held.name, held.permissions, now()
            FROM public.users u CROSS JOIN LATERAL ({RolesOfPerson}) held
            WHERE u.id = @id AND {AccountState.MayAct}
            """,
            static row =>
                (
                    Permissions: AdminRole.PermissionsOf(row.GetString(0), row.GetFieldValue<string[]>(1)),
                    Now: row.GetFieldValue<DateTimeOffset>(2)
                ),
            cancellationToken,
            ("id", userId)
        );
        return roles.Count == 0
            ? null
            : new(
                OperatorKind.Person,
                userId.ToString("D"),
                roles.SelectMany(static role => role.Permissions).ToFrozenSet()
            )
            {
                SessionId = sessionId,
                ProvedAt = provedAt,
                ReadAt = roles[0].Now,
            };
    }

    /// <summary>A client that acts for itself. Null when its token carries no scope of administration.</summary>
    public Operator? OfClient(string clientId, IEnumerable<string> scopes)
    {
        var permissions = PermissionsOf(scopes).ToFrozenSet();
        return permissions.Count == 0
            ? null
            : new(OperatorKind.Client, clientId, permissions) { ReadAt = time.GetUtcNow() };
    }

    /// <summary>The command line. Anyone who can run it holds the database credentials and therefore every
    /// permission.</summary>
    public Operator OfCommandLine() =>
        new(OperatorKind.Command, Environment.UserName, AdminPermission.All.ToFrozenSet())
        {
            ReadAt = time.GetUtcNow(),
        };

    internal static IEnumerable<AdminPermission> PermissionsOf(IEnumerable<string> scopes) =>
        scopes.Select(AdminPermission.OfScope).OfType<AdminPermission>();
}
