using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.Administration;

/// <summary>The names of the rules that refuse an action although the operator holds the permission.</summary>
public static class AdminRule
{
    public const string NotHeld = "not_held";
    public const string ActsOnAdministrator = "acts_on_administrator";
    public const string OwnRoles = "own_roles";
    public const string LastAdministrator = "last_administrator";
    public const string BuiltIn = "built_in";
    public const string GroupTooLarge = "group_too_large";

    /// <summary>A bulk action acts on no administrator and grants no administrative power.</summary>
    public const string NotInBulk = "not_in_bulk";

    /// <summary>The mailbox has reached its mail limit.</summary>
    public const string MailLimit = "mail_limit";
}

/// <summary>A change that may remove an administrator.</summary>
/// <param name="Person">All that this person holds.</param>
/// <param name="Holder">What this person holds directly.</param>
/// <param name="Group">What this group gives: to <paramref name="Member"/>, or to all of it.</param>
internal sealed record AdministratorLoss(
    Guid? Person = null,
    Guid? Holder = null,
    Guid? Group = null,
    Guid? Member = null
);

/// <summary>The rules that hold for every action and every operator. Each method returns null where the rule allows,
/// and otherwise the outcome to return. Those that read the database take the transaction of the change.</summary>
public static class AdminRules
{
    /// <summary>The longest note, in UTF-16 units: all of it stands in the audit log.</summary>
    public const int MaxNoteLength = AuditDetails.MaxTextLength;

    // Serializes every change that may remove an administrator. Otherwise two administrators who remove each other at
    // the same moment would each still see the other.
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

    /// <summary>The action has a note that gives the reason.</summary>
    /// <param name="note">What the operator wrote.</param>
    public static AdminOutcome? RequireNote(string? note) =>
        string.IsNullOrWhiteSpace(note) ? new AdminOutcome.Invalid("note", "Say why you do this.")
        : note.Length > MaxNoteLength || !UntrustedText.IsLine(note)
            ? new AdminOutcome.Invalid("note", $"Use at most {MaxNoteLength} characters, on one line.")
        : null;

    /// <summary>Nobody grants what they do not hold, and nobody grants a permission to many at once.</summary>
    public static AdminOutcome? MayGrant(Operator actor, IEnumerable<AdminPermission> permissions)
    {
        AdminPermission[] all = [.. permissions];
        if (actor.Bulk is not null && all.Length > 0)
            return new AdminOutcome.Refused(
                AdminRule.NotInBulk,
                "This makes people administrators. Do it for one person at a time."
            );
        return Array.Find(all, permission => !actor.May(permission)) is { } missing
            ? new AdminOutcome.Refused(
                AdminRule.NotHeld,
                $"You can't grant {missing.Name}, because you don't have it yourself."
            )
            : null;
    }

    /// <summary>Nobody changes their own administrative roles.</summary>
    public static AdminOutcome? NotOwnRoles(Operator actor, Guid userId) =>
        actor.UserId == userId
            ? new AdminOutcome.Refused(AdminRule.OwnRoles, "You can't change your own administrative roles.")
            : null;

    /// <summary>Only an operator who may grant roles, and who holds every permission that the person holds, may act on
    /// a person with an administrative role. Otherwise support could take over an administrator with a reset link.
    /// Check it before every change to a person, a session or a factor. The account's row stays locked until the
    /// transaction ends, so that the person cannot become an administrator meanwhile.</summary>
    public static async Task<AdminOutcome?> MayActOnAsync(
        DatabaseTransaction transaction,
        Operator actor,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        if (
            !await transaction.QuerySingleOrDefaultAsync(
                "SELECT true FROM public.users WHERE id = @id AND deleted_at IS NULL FOR NO KEY UPDATE",
                static row => row.GetBoolean(0),
                cancellationToken,
                ("id", userId)
            )
        )
            return new AdminOutcome.NotFound();
        var held = await HeldAsync(transaction, userId, cancellationToken);
        if (held.Count == 0)
            return null;
        if (actor.Bulk is not null)
            return new AdminOutcome.Refused(
                AdminRule.NotInBulk,
                "This person is an administrator. Act on administrators one at a time."
            );
        return actor.May(AdminPermission.RolesGrant) && held.All(actor.May)
            ? null
            : new AdminOutcome.Refused(
                AdminRule.ActsOnAdministrator,
                "This person is an administrator. Ask somebody who may grant roles."
            );
    }

    /// <summary>The last administrator stays: another person must hold <c>identity-admin</c> and be able to act. Check
    /// it before every change that ends a person's rights: locking, deactivating, erasing. The answer holds until the
    /// transaction ends.</summary>
    public static Task<AdminOutcome?> NotLastAdministratorAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) => AdministratorRemainsAsync(transaction, new(Person: userId), cancellationToken);

    /// <summary>The last administrator stays, whatever the change. The answer holds until the transaction
    /// ends.</summary>
    internal static async Task<AdminOutcome?> AdministratorRemainsAsync(
        DatabaseTransaction transaction,
        AdministratorLoss loss,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(LockAdministrators, cancellationToken);
        var (before, after) = await transaction.QuerySingleOrDefaultAsync(
            $"""
            WITH grants AS (
                SELECT h.user_id, coalesce(h.user_id = @holder, false) AS ends
                FROM idp.user_roles h JOIN idp.roles r ON r.id = h.role_id WHERE r.name = @role
                UNION ALL
                SELECT m.user_id, coalesce(g.group_id = @group AND (@member IS NULL OR m.user_id = @member), false)
                FROM idp.user_groups m JOIN idp.group_roles g ON g.group_id = m.group_id
                JOIN idp.roles r ON r.id = g.role_id WHERE r.name = @role),
            administrators AS (
                SELECT g.ends OR coalesce(u.id = @person, false) AS ends
                FROM grants g JOIN public.users u ON u.id = g.user_id WHERE {AccountState.MayAct})
            SELECT EXISTS (SELECT FROM administrators), EXISTS (SELECT FROM administrators WHERE NOT ends)
            """,
            static row => (row.GetBoolean(0), row.GetBoolean(1)),
            cancellationToken,
            ("role", AdminRole.Admin),
            ("person", SqlNull.Uuid(loss.Person)),
            ("holder", SqlNull.Uuid(loss.Holder)),
            ("group", SqlNull.Uuid(loss.Group)),
            ("member", SqlNull.Uuid(loss.Member))
        );
        return after || !before
            ? null
            : new AdminOutcome.Refused(
                AdminRule.LastAdministrator,
                "This would leave nobody who administers. Make somebody else an administrator first."
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
