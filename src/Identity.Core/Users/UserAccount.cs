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

    /// <summary>What a write rests on that follows from a credential judged with this account.</summary>
    public CredentialProof Credential => new(Id, CredentialVersion);
}

/// <summary>What a person may change of their profile.</summary>
public sealed record ProfileChange(
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? Locale,
    string? Zoneinfo
);

/// <summary>An account to be made.</summary>
/// <param name="Hash">Null for an account without a password.</param>
/// <param name="IsVerified">Whether whoever makes the account knows the address to be the person's.</param>
public sealed record NewAccount(
    Primitives.EmailAddress Email,
    Passwords.PasswordHash? Hash,
    string? Name,
    string? GivenName = null,
    string? FamilyName = null,
    string? Locale = null,
    bool IsVerified = false
);
