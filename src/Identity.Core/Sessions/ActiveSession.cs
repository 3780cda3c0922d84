using System.Net;
using Identity.Core.Audit;
using Identity.Core.Credentials;

namespace Identity.Core.Sessions;

/// <summary>A session that was valid, by the database's clock, when it was read.</summary>
/// <param name="ReadAt">That moment. The age of a proof is reckoned from it: the host's clock may differ.</param>
public sealed record ActiveSession(
    Guid Id,
    Guid UserId,
    string Email,
    bool EmailVerified,
    string? Name,
    DateTimeOffset AuthTime,
    string[] Amr,
    string? Acr,
    DateTimeOffset? StepUpAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastActivityAt,
    DateTimeOffset ExpiresAt,
    bool TwoFactorEnabled,
    string? ClientId,
    IPAddress? IpAddress,
    string? UserAgent,
    DateTimeOffset ReadAt,
    long CredentialVersion
)
{
    /// <summary>When the person last proved who they are: at sign-in, or since then by stepping up.</summary>
    public DateTimeOffset LastProof => StepUpAt > AuthTime ? StepUpAt.Value : AuthTime;

    /// <summary>What a write on behalf of this session rests on.</summary>
    public CredentialProof Credential => new(UserId, CredentialVersion, Id);

    /// <summary>Whether two factors, or a passkey, which is both, were shown in it.</summary>
    public bool HasSecondFactor => Amr.Contains("mfa");

    /// <summary>When the person last proved who they are by all their factors (SE-10): a step-up asks for all of them;
    /// a sign-in counts, where a second factor is set up, only if it was shown.</summary>
    public DateTimeOffset? ProvedAt =>
        TwoFactorEnabled && !HasSecondFactor ? StepUpAt
        : StepUpAt is { } stepUp && stepUp > AuthTime ? stepUp
        : AuthTime;
}

/// <summary>What a sign-in proved.</summary>
/// <param name="Credential">Who signed in, by credentials of which version.</param>
/// <param name="Amr">How (RFC 8176), such as <c>pwd</c>, <c>otp</c>, <c>mfa</c>.</param>
/// <param name="Acr">The authentication context that was reached, if one is named.</param>
/// <param name="Request">From where; its device id becomes the fingerprint of the session.</param>
/// <param name="ClientId">Set when the session belongs to one client only.</param>
public sealed record NewSession(
    CredentialProof Credential,
    string[] Amr,
    string? Acr,
    RequestContext Request,
    string? ClientId = null
)
{
    /// <summary>Who signed in.</summary>
    public Guid UserId => Credential.UserId;
}

/// <summary>Why a session ended. It stands in <c>sessions.revoked_reason</c>.</summary>
public enum EndReason
{
    Logout,
    Revoked,
    Expired,
    PasswordChanged,
    PasswordReset,
    TokenTheft,
    UserDisabled,
    UserDeleted,
    Evicted,
    AdminRevoked,
}

/// <summary>What to do with a sign-in when the person has as many sessions as allowed (SE-9).</summary>
public enum SessionLimitPolicy
{
    EvictOldest,
    Refuse,
}
