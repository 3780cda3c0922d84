namespace Identity.Core.Credentials;

/// <summary>What an account's row says about whether anyone may act as its person. The statements name the table
/// <c>u</c>.</summary>
public static class AccountState
{
    /// <summary>An operator locked the account, and the lock is not over.</summary>
    public const string IsLockedByOperator = "coalesce(u.operator_locked_until > now(), false)";

    /// <summary>The account exists, is not deactivated, and no operator's lock is on it: the condition of every
    /// sign-in, session, code and token. Too many wrong passwords are no part of it: they stop passwords
    /// alone.</summary>
    public const string MayAct = $"u.deleted_at IS NULL AND NOT u.is_disabled AND NOT {IsLockedByOperator}";
}
