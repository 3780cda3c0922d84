using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Npgsql;

namespace Identity.Core.Users;

// Users owns accounts: finding, creating, changing and disabling them, and authenticating one by password. It does not
// start sessions, send mail or know pages.

/// <summary>Accounts in the database. Deleted accounts are never found.</summary>
public sealed class UserStore(Database database, AuditLog audit, SessionStore sessions, StandbyReads reads)
{
    private const string Columns = $"""
        id, email, email_verified, name, given_name, family_name, locale, password_hash IS NOT NULL,
            two_factor_enabled, is_disabled,
        greatest(account_locked_until, operator_locked_until), password_changed_at, last_login_at, created_at, zoneinfo,
        operator_locked_until, {AccountState.IsLockedByOperator}, credential_version
        """;

    private const int ColumnCount = 18;

    internal const string FindByEmailSql =
        $"SELECT {Columns} FROM public.users u WHERE lower(email COLLATE \"C\") = lower(@email COLLATE \"C\") "
        + "AND deleted_at IS NULL";

    internal const string FindForSignInSql = $"""
        SELECT {Columns}, password_hash,
            EXISTS (SELECT FROM public.sessions s WHERE s.user_id = u.id AND s.device_fingerprint = @device
                AND s.created_at > now() - interval '90 days') AS is_known
        FROM public.users u WHERE lower(email COLLATE "C") = lower(@email COLLATE "C") AND deleted_at IS NULL
        """;

    private const string SearchAll = $"SELECT {Columns} FROM public.users u WHERE deleted_at IS NULL AND ";

    private const string NewestFirst = " ORDER BY created_at DESC, id LIMIT @count";

    private const string Matches = "lower(u.email || ' ' || coalesce(u.name, '')) LIKE '%' || lower(@text) || '%'";

    // A text that many people share is found among the newest; a rare one by the index. The planner has to guess which
    // it is, and reads everybody if it guesses wrong.
    private const string SearchMatches = $"""
        WITH newest AS MATERIALIZED (
            SELECT u.id FROM (SELECT id, email, name FROM public.users WHERE deleted_at IS NULL
                ORDER BY created_at DESC LIMIT 2000) u WHERE {Matches} LIMIT @count),
        indexed AS MATERIALIZED (
            SELECT u.id FROM public.users u WHERE u.deleted_at IS NULL AND {Matches}
                AND (SELECT count(*) FROM newest) < @count LIMIT 1000)
        SELECT {Columns} FROM public.users u
        WHERE deleted_at IS NULL AND id = ANY (ARRAY (SELECT id FROM newest UNION SELECT id FROM indexed))
        """;

    /// <summary>The account of an address, compared in its canonical form (ID-1).</summary>
    public Task<UserAccount?> FindByEmailAsync(EmailAddress email, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<UserAccount?>(
            FindByEmailSql,
            Map,
            cancellationToken,
            ("email", email.Canonical)
        );

    /// <summary>The account with this id, locked until the transaction ends.</summary>
    internal static Task<UserAccount?> HoldAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<UserAccount?>(
            $"SELECT {Columns} FROM public.users u WHERE id = @id AND deleted_at IS NULL FOR NO KEY UPDATE",
            Map,
            cancellationToken,
            ("id", id)
        );

    /// <summary>The account with this id.</summary>
    public Task<UserAccount?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<UserAccount?>(
            $"SELECT {Columns} FROM public.users u WHERE id = @id AND deleted_at IS NULL",
            Map,
            cancellationToken,
            ("id", id)
        );

    /// <summary>Accounts whose address or name contains <paramref name="text"/> (all if it is empty), newest first; 1
    /// to 1000 of them. Three characters or more are looked up by the index users_search; of more than a thousand
    /// matches, about a thousand are sorted. Fewer characters are compared with the beginning of the address.</summary>
    public Task<List<UserAccount>> SearchAsync(string? text, int count, CancellationToken cancellationToken) =>
        reads.QueryAsync(
            SearchSql(text),
            Map,
            cancellationToken,
            ("text", LikePattern.Escape(text ?? "")),
            ("count", Math.Clamp(count, 1, 1000))
        );

    /// <summary>The statement of a search.</summary>
    internal static string SearchSql(string? text) =>
        text?.Length switch
        {
            null or 0 => SearchAll + "@text IS NOT NULL" + NewestFirst,
            < 3 => SearchAll + "lower(email COLLATE \"C\") LIKE lower(@text COLLATE \"C\") || '%'" + NewestFirst,
            _ => SearchMatches + NewestFirst,
        };

    /// <summary>Creates an account, or returns null if the address has one (ID-3), also for parallel calls.</summary>
    public async Task<UserAccount?> CreateAsync(
        DatabaseTransaction transaction,
        NewAccount account,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var user = await InsertAsync(transaction, account, cancellationToken);
        if (user is not null)
            await AuditAsync(transaction, AuditEventTypes.Registration, user.Id, request, cancellationToken);
        return user;
    }

    /// <summary>The same in the transaction of an action, which writes the audit row.</summary>
    internal static Task<UserAccount?> InsertAsync(
        DatabaseTransaction transaction,
        NewAccount account,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync<UserAccount?>(
            $"""
            INSERT INTO public.users AS u
                (email, email_verified, password_hash, password_changed_at, name, given_name, family_name, locale)
            VALUES
                (@email, @verified, @hash, CASE WHEN @hash IS NOT NULL THEN now() END, @name, @given, @family, @locale)
            ON CONFLICT (lower(email COLLATE "C")) WHERE deleted_at IS NULL DO NOTHING RETURNING {Columns}
            """,
            Map,
            cancellationToken,
            ("email", account.Email.Value),
            ("verified", account.IsVerified),
            ("hash", SqlNull.Text(account.Hash?.Value)),
            ("name", SqlNull.Text(account.Name)),
            ("given", SqlNull.Text(account.GivenName)),
            ("family", SqlNull.Text(account.FamilyName)),
            ("locale", SqlNull.Text(account.Locale))
        );

    /// <summary>Changes the profile. False if the account is gone.</summary>
    public Task<bool> ChangeProfileAsync(
        Guid id,
        ProfileChange change,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await ChangeProfileAsync(transaction, id, change, cancel))
                    return false;
                await AuditAsync(transaction, AuditEventTypes.ProfileChanged, id, request, cancel);
                return true;
            },
            cancellationToken
        );

    /// <summary>The same in the transaction of an action, which writes the audit row.</summary>
    internal static async Task<bool> ChangeProfileAsync(
        DatabaseTransaction transaction,
        Guid id,
        ProfileChange change,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            """
            UPDATE public.users SET name = @name, given_name = @given, family_name = @family, locale = @locale,
                zoneinfo = @zoneinfo
            WHERE id = @id AND deleted_at IS NULL
            """,
            cancellationToken,
            ("id", id),
            ("name", SqlNull.Text(change.Name)),
            ("given", SqlNull.Text(change.GivenName)),
            ("family", SqlNull.Text(change.FamilyName)),
            ("locale", SqlNull.Text(change.Locale)),
            ("zoneinfo", SqlNull.Text(change.Zoneinfo))
        ) == 1;

    /// <summary>Disables an account and ends its sessions and token families, in the transaction of an action (SE-7).
    /// False if it was already disabled or gone.</summary>
    internal async Task<bool> DisableAsync(
        DatabaseTransaction transaction,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (
            await transaction.ExecuteAsync(
                $"""
                UPDATE public.users SET is_disabled = true, {CredentialVersions.Raise}
                WHERE id = @id AND deleted_at IS NULL AND NOT is_disabled
                """,
                cancellationToken,
                ("id", id)
            ) == 0
        )
            return false;
        await sessions.EndAllAsync(transaction, id, null, EndReason.UserDisabled, request, cancellationToken);
        return true;
    }

    /// <summary>Enables an account again, in the transaction of an action. Ended sessions and tokens stay
    /// ended.</summary>
    internal static async Task<bool> EnableAsync(
        DatabaseTransaction transaction,
        Guid id,
        CancellationToken cancellationToken
    ) =>
        await transaction.ExecuteAsync(
            "UPDATE public.users SET is_disabled = false WHERE id = @id AND deleted_at IS NULL AND is_disabled",
            cancellationToken,
            ("id", id)
        ) == 1;

    /// <summary>What <see cref="FindForSignInSql"/> found: the account with its stored hash, for those who verify
    /// it.</summary>
    internal static (UserAccount Account, string? Hash, bool KnownDevice) MapForSignIn(NpgsqlDataReader row) =>
        (Map(row), row.IsDBNull(ColumnCount) ? null : row.GetString(ColumnCount), row.GetBoolean(ColumnCount + 1));

    /// <summary>How many columns <see cref="MapForSignIn"/> reads.</summary>
    internal const int SignInColumnCount = ColumnCount + 2;

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        Guid id,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, id, request.IpAddress, request.UserAgent, null),
            cancellationToken
        );

    private static UserAccount Map(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetBoolean(2),
            Text(row, 3),
            Text(row, 4),
            Text(row, 5),
            Text(row, 6),
            row.GetBoolean(7),
            row.GetBoolean(8),
            row.GetBoolean(9),
            Time(row, 10),
            Time(row, 11),
            Time(row, 12),
            row.GetFieldValue<DateTimeOffset>(13),
            Text(row, 14),
            Time(row, 15),
            row.GetBoolean(16),
            row.GetInt64(17)
        );

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
