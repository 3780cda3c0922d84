namespace Identity.Core.Credentials;

/// <summary>SQL conditions on an account's row that decide whether anyone may act as its person. Statements use the
/// alias <c>u</c>.</summary>
public static class AccountState
{
    /// <summary>An operator locked the account, and the lock has not expired.</summary>
    public const string IsLockedByOperator = "coalesce(u.operator_locked_until > now(), false)";

    /// <summary>The account exists, is not deactivated, and is not locked by an operator: the condition of every
    /// sign-in, session, code and token. Too many wrong passwords do not count here: they block only
    /// passwords.</summary>
    public const string MayAct = $"u.deleted_at IS NULL AND NOT u.is_disabled AND NOT {IsLockedByOperator}";
}
