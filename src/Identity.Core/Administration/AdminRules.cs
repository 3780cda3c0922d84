using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Administration;

/// <summary>The names of rules that refuse an action though the permission is there.</summary>
public static class AdminRule
{
    public const string NotHeld = "not_held";
    public const string ActsOnAdministrator = "acts_on_administrator";
    public const string OwnRoles = "own_roles";
    public const string LastAdministrator = "last_administrator";
    public const string BuiltIn = "built_in";
}

/// <summary>The rules that hold whatever the action and whoever asks. Each method returns null where the rule allows,
/// and otherwise the outcome to return. Those that read the database take the transaction of the change, and lock what
/// they judge until it ends.</summary>
public static class AdminRules
{
    /// <summary>The longest note, in characters.</summary>
    public const int MaxNoteLength = 500;

    // Serializes whatever can take an administrator away: two administrators who remove each other at the same moment
    // would otherwise each see the other one.
    private const string LockAdministrators = "SELECT pg_advisory_xact_lock(hashtext('idp.administrators'))";

    /// <summary>The operator holds the permission.</summary>
    public static AdminOutcome? Require(Operator actor, AdminPermission permission) =>
        actor.May(permission)
            ? null
            : new AdminOutcome.Refused(permission.Name, $"You need the permission {permission.Name} to do this.");

    /// <summary>The operator holds the action's permission, and has a fresh proof where the action demands
    /// one.</summary>
    public static AdminOutcome? Require(Operator actor, AdminAction action) =>
        Require(actor, action.Permission)
        ?? (action.NeedsProof && !actor.HasFreshProof ? new AdminOutcome.NeedsProof() : null);

    /// <summary>The action comes with a note that says why.</summary>
    /// <param name="note">What the operator wrote.</param>
    public static AdminOutcome? RequireNote(string? note) =>
        string.IsNullOrWhiteSpace(note) ? new AdminOutcome.Invalid("note", "Say why you do this.")
        : note.Length > MaxNoteLength || !UntrustedText.IsText(note)
            ? new AdminOutcome.Invalid("note", $"Use at most {MaxNoteLength} characters.")
        : null;

    /// <summary>Nobody grants what they do not hold.</summary>
    public static AdminOutcome? MayGrant(Operator actor, IEnumerable<AdminPermission> permissions) =>
        permissions.FirstOrDefault(permission => !actor.May(permission)) is { } missing
            ? new AdminOutcome.Refused(
                AdminRule.NotHeld,
                $"You can't grant {missing.Name}, because you don't have it yourself."
            )
            : null;

    /// <summary>Nobody changes their own administrative roles.</summary>
    public static AdminOutcome? NotOwnRoles(Operator actor, Guid userId) =>
        actor.UserId == userId
            ? new AdminOutcome.Refused(AdminRule.OwnRoles, "You can't change your own administrative roles.")
            : null;

    /// <summary>Whoever acts on a person with an administrative role may grant roles, and holds all that this person
    /// holds: else support could take over an administrator by way of a reset link. Ask it for every change of a
    /// person, of a session, of a factor.</summary>
    public static async Task<AdminOutcome?> MayActOnAsync(
        DatabaseTransaction transaction,
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        var held = await HeldAsync(transaction, userId, cancellationToken);
        if (held.Count == 0)
            return null;
        return actor.May(AdminPermission.RolesGrant) && held.All(actor.May)
            ? null
            : new AdminOutcome.Refused(
                AdminRule.ActsOnAdministrator,
                "This person is an administrator. Ask somebody who may grant roles."
            );
    }

    /// <summary>
    /// The last administrator stays: somebody other than this person holds <c>identity-admin</c> and may act. Ask it
    /// before whatever ends the rights of a person: withdrawing, locking, deactivating, erasing. It holds until the
    /// transaction ends.
    /// </summary>
    public static async Task<AdminOutcome?> NotLastAdministratorAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(LockAdministrators, cancellationToken);
        var (others, isOne) = await transaction.QuerySingleOrDefaultAsync(
            $"""
            WITH administrators AS (
                SELECT u.id FROM public.users u WHERE {AccountState.MayAct} AND u.id IN (
                    SELECT h.user_id FROM idp.user_roles h JOIN idp.roles r ON r.id = h.role_id WHERE r.name = @role
                    UNION ALL
                    SELECT m.user_id FROM idp.user_groups m JOIN idp.group_roles g ON g.group_id = m.group_id
                        JOIN idp.roles r ON r.id = g.role_id WHERE r.name = @role))
            SELECT EXISTS (SELECT FROM administrators WHERE id <> @id),
                EXISTS (SELECT FROM administrators WHERE id = @id)
            """,
            static row => (row.GetBoolean(0), row.GetBoolean(1)),
            cancellationToken,
            ("id", userId),
            ("role", AdminRole.Admin)
        );
        return others || !isOne
            ? null
            : new AdminOutcome.Refused(
                AdminRule.LastAdministrator,
                "This person is the last administrator. Make somebody else an administrator first."
            );
    }

    private static async Task<HashSet<AdminPermission>> HeldAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        var roles = await transaction.QueryAsync(
            $"""
            SELECT held.name, held.permissions
            FROM public.users u CROSS JOIN LATERAL ({OperatorReader.RolesOfPerson}) held WHERE u.id = @id
            """,
            static row => AdminRole.PermissionsOf(row.GetString(0), row.GetFieldValue<string[]>(1)),
            cancellationToken,
            ("id", userId)
        );
        return [.. roles.SelectMany(static role => role)];
    }
}
