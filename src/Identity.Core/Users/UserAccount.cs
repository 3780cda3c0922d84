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
    string? Zoneinfo
);

/// <summary>What a person may change of their profile.</summary>
public sealed record ProfileChange(
    string? Name,
    string? GivenName,
    string? FamilyName,
    string? Locale,
    string? Zoneinfo
);
