using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;

namespace Identity.Core.Import.Users;

/// <summary>
/// Writes what a file says differently about accounts that are there. What a row leaves out stays. Addresses and the
/// times of creation and last sign-in never change, and a confirmed address stays confirmed. Administrators are left to
/// the console: a file could otherwise take their accounts over.
/// </summary>
internal sealed class UserUpdate(SessionStore sessions)
{
    private const string Password = "password_hash";
    private const string Disabled = "disabled";

    private static readonly string[] Texts = [.. UserFields.Texts.Select(static text => text.Name)];

    private static readonly string Diff = $"""
        SELECT p.line, u.id, s.password_hash, s.password_changed_at, s.is_disabled, array_remove(ARRAY[
            CASE WHEN s.email_verified AND NOT u.email_verified THEN 'email_verified' END,
            CASE WHEN s.phone_number_verified AND NOT u.phone_number_verified THEN 'phone_number_verified' END,
            CASE WHEN s.is_disabled IS DISTINCT FROM u.is_disabled AND s.is_disabled IS NOT NULL THEN '{Disabled}' END,
            CASE WHEN @passwords AND s.password_hash IS DISTINCT FROM u.password_hash AND s.password_hash IS NOT NULL
                THEN '{Password}' END,
            CASE WHEN s.address IS DISTINCT FROM u.address AND s.address IS NOT NULL THEN 'address' END,
            {string.Join(
            ",\n",
            Texts.Select(static name =>
                $"CASE WHEN s.{name} IS DISTINCT FROM u.{name} AND s.{name} IS NOT NULL THEN '{name}' END"
            )
        )}], NULL) AS fields
        FROM import_users s JOIN unnest(@lines::bigint[], @users::uuid[]) p (line, user_id) USING (line)
        JOIN public.users u ON u.id = p.user_id FOR NO KEY UPDATE OF u
        """;

    private const string Changed = $"""
        SELECT line, id, '{Password}' = ANY (fields), '{Disabled}' = ANY (fields) AND is_disabled
        FROM diff WHERE fields <> ARRAY[]::text[]
        """;

    private static readonly string Compare = $"WITH diff AS ({Diff}) {Changed}";

    private static readonly string Write = $"""
        WITH diff AS ({Diff}),
        changed AS (
            UPDATE public.users u SET
                email_verified = u.email_verified OR coalesce(s.email_verified, false),
                phone_number_verified = u.phone_number_verified OR coalesce(s.phone_number_verified, false),
                is_disabled = coalesce(s.is_disabled, u.is_disabled),
                address = coalesce(s.address, u.address),
                {string.Join(", ", Texts.Select(static name => $"{name} = coalesce(s.{name}, u.{name})"))},
                password_hash = CASE WHEN '{Password}' = ANY (d.fields) THEN s.password_hash ELSE u.password_hash END,
                password_changed_at = CASE WHEN '{Password}' = ANY (d.fields)
                    THEN least(s.password_changed_at, now()) ELSE u.password_changed_at END,
                credential_version = u.credential_version
                    + (d.fields && ARRAY['{Password}', '{Disabled}'])::integer
            FROM diff d JOIN import_users s USING (line)
            WHERE u.id = d.id AND d.fields <> ARRAY[]::text[]),
        audited AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, user_agent, details)
            SELECT id, @type, 'success', @user_agent, @details::jsonb || jsonb_build_object('fields', to_jsonb(fields))
            FROM diff WHERE fields <> ARRAY[]::text[])
        {Changed}
        """;

    private static readonly string Administrators = $"""
        SELECT u.id FROM public.users u WHERE u.id = ANY (@users)
            AND EXISTS (SELECT FROM ({OperatorReader.RolesOfPerson}) held)
        """;

    /// <summary>Those of the accounts that hold an administrative role.</summary>
    public static async Task<IReadOnlySet<Guid>> AdministratorsAsync(
        DatabaseTransaction transaction,
        IEnumerable<Guid> users,
        CancellationToken cancellationToken
    ) =>
        (
            await transaction.QueryAsync(
                Administrators,
                static row => row.GetGuid(0),
                cancellationToken,
                ("users", users.ToArray())
            )
        ).ToHashSet();

    /// <summary>Changes the accounts and returns whose changed. A new password and a deactivation end
    /// sessions.</summary>
    /// <param name="people">The account of each line.</param>
    /// <param name="run">A dry run writes nothing and returns whose would change.</param>
    public async Task<IReadOnlyCollection<Guid>> ApplyAsync(
        DatabaseTransaction transaction,
        IReadOnlyDictionary<long, Guid> people,
        UserImportRun run,
        CancellationToken cancellationToken
    )
    {
        var changed = await transaction.QueryAsync(
            run.IsDry ? Compare : Write,
            static row => (Id: row.GetGuid(1), Password: row.GetBoolean(2), Disabled: row.GetBoolean(3)),
            cancellationToken,
            [
                ("lines", people.Keys.ToArray()),
                ("users", people.Values.ToArray()),
                ("passwords", run.Update == UserImportUpdate.FieldsAndPasswords),
                .. run.IsDry ? [] : AuditOf(run.Mark),
            ]
        );
        foreach (var (id, _, disabled) in changed.Where(one => !run.IsDry && (one.Password || one.Disabled)))
            await sessions.EndAllAsync(
                transaction,
                id,
                null,
                disabled ? EndReason.UserDisabled : EndReason.PasswordChanged,
                run.Mark.By,
                cancellationToken
            );
        return [.. changed.Select(static one => one.Id)];
    }

    private static (string Name, object? Value)[] AuditOf(ImportMark mark) =>
        [
            ("type", AuditEventTypes.ProfileChanged),
            ("user_agent", SqlNull.Text(mark.By.UserAgent)),
            ("details", mark.Details),
        ];
}
