using Identity.Core.Credentials;

namespace Identity.Core.Users;

/// <summary>An account as rooms see it: no hash, no secret.</summary>
public sealed record UserAccount(
    Guid Id,
    string Email,
    bool EmailVerified,
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? Locale,
    bool HasPassword,
    bool TwoFactorEnabled,
    bool IsDisabled,
    DateTimeOffset? LockedUntil,
    DateTimeOffset? PasswordChangedAt,
    DateTimeOffset? LastLoginAt,
    DateTimeOffset CreatedAt,
    string? Zoneinfo,
    DateTimeOffset? OperatorLockedUntil,
    bool IsLockedByOperator,
    long CredentialVersion
)
{
    /// <summary>Whether anyone may sign in to it (<see cref="AccountState.MayAct"/>).</summary>
    public bool MayAct => !IsDisabled && !IsLockedByOperator;

    /// <summary>The proof for writes after a credential was verified with this account.</summary>
    public CredentialProof Credential => new(Id, CredentialVersion);
}

/// <summary>The profile fields that a person may change.</summary>
public sealed record ProfileChange(
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? Locale,
    string? Zoneinfo
);

/// <summary>A new account.</summary>
/// <param name="Hash">Null for an account without a password.</param>
/// <param name="IsVerified">Whether the creator of the account knows that the address is the person's.</param>
public sealed record NewAccount(
    Primitives.EmailAddress Email,
    Passwords.PasswordHash? Hash,
    string? Name,
    string? GivenName = null,
    string? FamilyName = null,
    string? Locale = null,
    bool IsVerified = false
);
