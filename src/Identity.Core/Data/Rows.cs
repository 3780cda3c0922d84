using System.Net;

namespace Identity.Core.Data;

// The rows of the tables: columns and nothing else. db/README.md explains them; the rooms own the rules about them.

/// <summary>A row of <c>users</c>.</summary>
public sealed class UserRow
{
    public Guid Id { get; set; }
    public required string Email { get; set; }
    public bool EmailVerified { get; set; }
    public string? PasswordHash { get; set; }
    public DateTimeOffset? PasswordChangedAt { get; set; }
    public bool TwoFactorEnabled { get; set; }
    public byte[]? TwoFactorSecret { get; set; }
    public long? TwoFactorLastStep { get; set; }
    public int FailedLoginAttempts { get; set; }
    public DateTimeOffset? AccountLockedUntil { get; set; }
    public bool IsDisabled { get; set; }
    public DateTimeOffset? LastLoginAt { get; set; }
    public IPAddress? LastLoginIp { get; set; }
    public string? Name { get; set; }
    public string? GivenName { get; set; }
    public string? FamilyName { get; set; }
    public string? MiddleName { get; set; }
    public string? Nickname { get; set; }
    public string? PreferredUsername { get; set; }
    public string? Profile { get; set; }
    public string? Picture { get; set; }
    public string? Website { get; set; }
    public string? Gender { get; set; }
    public string? Birthdate { get; set; }
    public string? Zoneinfo { get; set; }
    public string? Locale { get; set; }
    public string? PhoneNumber { get; set; }
    public bool PhoneNumberVerified { get; set; }
    public string? Address { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
    public long CredentialVersion { get; set; } = 1;
    public DateTimeOffset? OperatorLockedUntil { get; set; }
    public DateTimeOffset? TwoFactorEnabledAt { get; set; }
}

/// <summary>A row of <c>sessions</c>.</summary>
public sealed class SessionRow
{
    public Guid Id { get; set; }
    public Guid UserId { get; set; }
    public required byte[] TokenHash { get; set; }
    public byte[]? RefreshTokenHash { get; set; }
    public IPAddress? IpAddress { get; set; }
    public string? UserAgent { get; set; }
    public string? DeviceFingerprint { get; set; }
    public string? ClientId { get; set; }
    public bool IsActive { get; set; } = true;
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastActivityAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public string? RevokedReason { get; set; }
    public DateTimeOffset AuthTime { get; set; }
    public string[] Amr { get; set; } = [];
    public string? Acr { get; set; }
    public DateTimeOffset? StepUpAt { get; set; }
}

/// <summary>A row of <c>password_reset_tokens</c>.</summary>
public sealed class PasswordResetTokenRow
{
    public Guid Id { get; set; }
    public Guid UserId { get; set; }
    public required byte[] TokenHash { get; set; }
    public IPAddress? IpAddress { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A row of <c>email_verification_tokens</c>.</summary>
public sealed class EmailVerificationTokenRow
{
    public Guid Id { get; set; }
    public Guid UserId { get; set; }
    public required string Email { get; set; }
    public required byte[] TokenHash { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A row of <c>audit_logs</c>. <see cref="Details"/> is a JSON object.</summary>
public sealed class AuditLogRow
{
    public Guid Id { get; set; }
    public Guid? UserId { get; set; }
    public required string EventType { get; set; }
    public required string EventStatus { get; set; }
    public IPAddress? IpAddress { get; set; }
    public string? UserAgent { get; set; }
    public string Details { get; set; } = "{}";
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A row of <c>refresh_tokens</c>.</summary>
public sealed class RefreshTokenRow
{
    public Guid Id { get; set; }
    public Guid SessionId { get; set; }
    public required byte[] TokenHash { get; set; }
    public Guid? ParentTokenId { get; set; }
    public Guid FamilyId { get; set; }
    public int Generation { get; set; }
    public required string ClientId { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public byte[]? Payload { get; set; }
    public byte[]? SuccessorSealed { get; set; }
}

/// <summary>A row of view <c>active_sessions</c>.</summary>
public sealed class ActiveSessionRow
{
    public Guid SessionId { get; set; }
    public Guid UserId { get; set; }
    public required string Email { get; set; }
    public bool EmailVerified { get; set; }
    public string? Name { get; set; }
    public IPAddress? IpAddress { get; set; }
    public string? UserAgent { get; set; }
    public string? DeviceFingerprint { get; set; }
    public string? ClientId { get; set; }
    public DateTimeOffset AuthTime { get; set; }
    public string[] Amr { get; set; } = [];
    public string? Acr { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastActivityAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>A row of view <c>user_security_status</c>.</summary>
public sealed class UserSecurityStatusRow
{
    public Guid UserId { get; set; }
    public required string Email { get; set; }
    public bool EmailVerified { get; set; }
    public int FailedLoginAttempts { get; set; }
    public DateTimeOffset? AccountLockedUntil { get; set; }
    public bool IsLocked { get; set; }
    public bool IsDisabled { get; set; }
    public bool TwoFactorEnabled { get; set; }
    public DateTimeOffset? PasswordChangedAt { get; set; }
    public DateTimeOffset? LastLoginAt { get; set; }
    public IPAddress? LastLoginIp { get; set; }
    public long ActiveSessionCount { get; set; }
    public string? LastEventType { get; set; }
    public string? LastEventStatus { get; set; }
    public DateTimeOffset? LastEventAt { get; set; }
    public DateTimeOffset? OperatorLockedUntil { get; set; }
}
