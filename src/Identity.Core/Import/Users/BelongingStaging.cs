using Identity.Core.Audit;
using Identity.Core.Data;
using NpgsqlTypes;

namespace Identity.Core.Import.Users;

/// <summary>The table through which the roles, groups and attributes of a batch reach the accounts: written by COPY,
/// gone with the transaction.</summary>
internal static class BelongingStaging
{
    private const string Create = """
        CREATE TEMPORARY TABLE import_belongings (line bigint, kind text, id uuid, name text, value jsonb)
        ON COMMIT DROP
        """;

    private const string Copy = "COPY import_belongings (line, kind, id, name, value) FROM STDIN (FORMAT BINARY)";

    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Bigint,
        NpgsqlDbType.Text,
        NpgsqlDbType.Uuid,
        NpgsqlDbType.Text,
        NpgsqlDbType.Jsonb,
    ];

    // What was removed since the import began is left out. Each row that is new or another has its audit row.
    private const string Give = """
        WITH given AS (
            SELECT p.user_id, b.kind, b.id, b.name, b.value
            FROM import_belongings b JOIN unnest(@lines::bigint[], @users::uuid[]) p (line, user_id) USING (line)),
        roles AS (
            INSERT INTO idp.user_roles (user_id, role_id)
            SELECT g.user_id, r.id FROM given g JOIN idp.roles r ON r.id = g.id
            WHERE g.kind = 'role' AND NOT r.is_administrative
            ON CONFLICT DO NOTHING RETURNING user_id, role_id),
        groups AS (
            INSERT INTO idp.user_groups (user_id, group_id)
            SELECT g.user_id, o.id FROM given g JOIN idp.groups o ON o.id = g.id WHERE g.kind = 'group'
            ON CONFLICT DO NOTHING RETURNING user_id, group_id),
        attributes AS (
            INSERT INTO idp.user_attributes AS a (user_id, name, value)
            SELECT g.user_id, d.name, g.value FROM given g JOIN idp.attribute_definitions d ON d.name = g.name
            WHERE g.kind = 'attribute'
            ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value, updated_at = now()
            WHERE a.value IS DISTINCT FROM excluded.value RETURNING user_id, name),
        changed (user_id, type, details) AS (
            SELECT c.user_id, @role_granted,
                jsonb_build_object('role_id', r.id, 'role', r.name, 'client_id', r.client_id)
            FROM roles c JOIN idp.roles r ON r.id = c.role_id
            UNION ALL
            SELECT c.user_id, @member_added, jsonb_build_object('group_id', o.id, 'group', o.name)
            FROM groups c JOIN idp.groups o ON o.id = c.group_id
            UNION ALL
            SELECT user_id, @attribute_changed, jsonb_build_object('attribute', name) FROM attributes),
        audited AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, user_agent, details)
            SELECT user_id, type, 'success', @user_agent, details || @details::jsonb FROM changed)
        SELECT DISTINCT user_id FROM changed
        """;

    private const string Compare = """
        SELECT DISTINCT p.user_id
        FROM import_belongings b JOIN unnest(@lines::bigint[], @users::uuid[]) p (line, user_id) USING (line)
        WHERE NOT EXISTS (SELECT FROM idp.user_roles o WHERE o.user_id = p.user_id AND o.role_id = b.id)
            AND NOT EXISTS (SELECT FROM idp.user_groups o WHERE o.user_id = p.user_id AND o.group_id = b.id)
            AND NOT EXISTS (
                SELECT FROM idp.user_attributes o WHERE o.user_id = p.user_id AND o.name = b.name AND o.value = b.value)
        """;

    /// <summary>Gives the people of these lines what their rows name, and returns whose changed.</summary>
    /// <param name="people">The account of each line that is taken.</param>
    /// <param name="run">A dry run writes nothing and returns whose would change.</param>
    public static async Task<IReadOnlyCollection<Guid>> ApplyAsync(
        DatabaseTransaction transaction,
        IReadOnlyList<ImportedUser> batch,
        IReadOnlyDictionary<long, Guid> people,
        UserImportRun run,
        CancellationToken cancellationToken
    )
    {
        object?[][] rows =
        [
            .. batch
                .Where(user => people.ContainsKey(user.Line))
                .SelectMany(static user =>
                    user.Belongings.Select(one => new object?[] { user.Line, one.Kind, one.Id, one.Name, one.Value })
                ),
        ];
        if (rows.Length == 0)
            return [];
        await transaction.ExecuteAsync(Create, cancellationToken);
        await transaction.CopyAsync(Copy, Types, rows, cancellationToken);
        return await transaction.QueryAsync(
            run.IsDry ? Compare : Give,
            static row => row.GetGuid(0),
            cancellationToken,
            [
                ("lines", people.Keys.ToArray()),
                ("users", people.Values.ToArray()),
                .. run.IsDry ? [] : AuditOf(run.Mark),
            ]
        );
    }

    private static (string Name, object? Value)[] AuditOf(ImportMark mark) =>
        [
            ("role_granted", AuditEventTypes.RoleGranted),
            ("member_added", AuditEventTypes.GroupMemberAdded),
            ("attribute_changed", AuditEventTypes.AttributeChanged),
            ("user_agent", SqlNull.Text(mark.By.UserAgent)),
            ("details", mark.Details),
        ];
}
