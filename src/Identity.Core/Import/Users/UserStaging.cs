using Identity.Core.Data;
using NpgsqlTypes;

namespace Identity.Core.Import.Users;

/// <summary>A temporary table for a batch: written by COPY, dropped with the transaction.</summary>
internal static class UserStaging
{
    private static readonly string ProfileColumns = string.Join(
        ", ",
        UserFields.Texts.Select(static text => text.Name)
    );

    private static readonly string Columns =
        "id, email, email_verified, password_hash, password_changed_at, is_disabled, last_login_at, created_at, "
        + $"phone_number_verified, address, {ProfileColumns}";

    private static readonly string Create = $"""
        CREATE TEMPORARY TABLE import_users (
            line bigint, has_own_id boolean, id uuid, email text, email_verified boolean,
            password_hash text, password_changed_at timestamptz, is_disabled boolean, last_login_at timestamptz,
            created_at timestamptz, phone_number_verified boolean, address jsonb,
            {string.Join(", ", UserFields.Texts.Select(static text => text.Name + " text"))}) ON COMMIT DROP
        """;

    private static readonly string Copy = $"COPY import_users (line, has_own_id, {Columns}) FROM STDIN (FORMAT BINARY)";

    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Bigint,
        NpgsqlDbType.Boolean,
        NpgsqlDbType.Uuid,
        NpgsqlDbType.Text,
        NpgsqlDbType.Boolean,
        NpgsqlDbType.Text,
        NpgsqlDbType.TimestampTz,
        NpgsqlDbType.Boolean,
        NpgsqlDbType.TimestampTz,
        NpgsqlDbType.TimestampTz,
        NpgsqlDbType.Boolean,
        NpgsqlDbType.Jsonb,
        .. UserFields.Texts.Select(static _ => NpgsqlDbType.Text),
    ];

    /// <summary>Rows whose id or address belongs to an account, and whether it is the same person: the same address,
    /// and the same id if the row has one. With the account.</summary>
    public const string Taken = """
        SELECT s.line, bool_and(lower(u.email COLLATE "C") = lower(s.email COLLATE "C")
            AND (NOT s.has_own_id OR u.id = s.id) AND u.deleted_at IS NULL), min(u.id::text)::uuid
        FROM import_users s JOIN public.users u
            ON u.id = s.id OR (lower(u.email COLLATE "C") = lower(s.email COLLATE "C") AND u.deleted_at IS NULL)
        GROUP BY s.line ORDER BY s.line
        """;

    /// <summary>Creates the accounts of the remaining rows, each with its audit row. An account that is created
    /// elsewhere at the same moment is left unchanged. No time of an account lies in the future: a reset link is void
    /// where the password is newer.</summary>
    public static readonly string Merge = $"""
        WITH added AS (
            INSERT INTO public.users ({Columns})
            SELECT id, email, coalesce(email_verified, false), password_hash,
                CASE WHEN password_hash IS NOT NULL
                    THEN least(coalesce(password_changed_at, created_at), now()) END,
                coalesce(is_disabled, false), CASE WHEN last_login_at IS NOT NULL THEN least(last_login_at, now()) END,
                least(created_at, now()),
                coalesce(phone_number_verified, false), address, {ProfileColumns}
            FROM import_users WHERE NOT line = ANY (@taken)
            ON CONFLICT DO NOTHING RETURNING id),
        audited AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, user_agent, details)
            SELECT id, @type, 'success', @user_agent, @details FROM added)
        SELECT line, id FROM import_users s JOIN added USING (id)
        """;

    /// <summary>Creates and fills the table.</summary>
    public static async Task FillAsync(
        DatabaseTransaction transaction,
        IReadOnlyList<ImportedUser> batch,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync(Create, cancellationToken);
        await transaction.CopyAsync(Copy, Types, batch.Select(Values), cancellationToken);
        await transaction.ExecuteAsync("ANALYZE import_users", cancellationToken);
    }

    private static object?[] Values(ImportedUser user) =>
        [
            user.Line,
            user.HasOwnId,
            user.Id,
            user.Email.Value,
            user.EmailVerified,
            user.PasswordHash,
            user.PasswordChangedAt?.ToUniversalTime(),
            user.IsDisabled,
            user.LastLoginAt?.ToUniversalTime(),
            user.CreatedAt?.ToUniversalTime(),
            user.PhoneNumberVerified,
            user.Address,
            .. user.Texts,
        ];
}
