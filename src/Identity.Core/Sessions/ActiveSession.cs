using System.Net;
using Identity.Core.Audit;
using Identity.Core.Credentials;

namespace Identity.Core.Sessions;

/// <summary>A session that was valid, by the database's clock, when it was read.</summary>
/// <param name="ReadAt">That moment. The age of a proof is measured against it, because the host's clock may
/// differ.</param>
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
    /// <summary>When the person last authenticated: at sign-in, or later by a step-up.</summary>
    public DateTimeOffset LastProof => StepUpAt > AuthTime ? StepUpAt.Value : AuthTime;

    /// <summary>The proof for writes on behalf of this session.</summary>
    public CredentialProof Credential => new(UserId, CredentialVersion, Id);

    /// <summary>Whether the session has shown two factors, or a passkey, which counts as two.</summary>
    public bool HasSecondFactor => Amr.Contains("mfa");

    /// <summary>When the person last authenticated with all their factors (SE-10). A step-up asks for all of them; if a
    /// second factor is set up, a sign-in counts only if it was used.</summary>
    public DateTimeOffset? ProvedAt =>
        TwoFactorEnabled && !HasSecondFactor ? StepUpAt
        : StepUpAt is { } stepUp && stepUp > AuthTime ? stepUp
        : AuthTime;
}

/// <summary>A live session that a browser names beside others.</summary>
/// <param name="IsProved">Whether the browser's token is the session's. If not, the browser may use it for nothing: a
/// request that is still under way has given the session another token, or somebody made the entry up.</param>
public sealed record HeldSession(ActiveSession Session, bool IsProved);

/// <summary>The result of a sign-in.</summary>
/// <param name="Credential">The person and the version of the credentials.</param>
/// <param name="Amr">The methods (RFC 8176), such as <c>pwd</c>, <c>otp</c>, <c>mfa</c>.</param>
/// <param name="Acr">The authentication context that was reached, if any.</param>
/// <param name="Request">Who is asking; the device id becomes the fingerprint of the session.</param>
/// <param name="ClientId">Set when the session belongs to one client only.</param>
public sealed record NewSession(
    CredentialProof Credential,
    string[] Amr,
    string? Acr,
    RequestContext Request,
    string? ClientId = null
)
{
    /// <summary>The person.</summary>
    public Guid UserId => Credential.UserId;

    /// <summary>The unusual signals; null if there are none or the sign-in was not evaluated.</summary>
    public SignInSigns? Signs { get; init; }

    /// <summary>The details of the audit row.</summary>
    internal Dictionary<string, object?> Details(Guid sessionId)
    {
        Dictionary<string, object?> details = new() { ["session_id"] = sessionId, ["amr"] = Amr };
        if (Signs is not null)
            (details["signals"], details["score"]) = (Signs.Names, Signs.Score);
        return details;
    }
}

/// <summary>The unusual signals of a sign-in.</summary>
/// <param name="Names">The names of the signals.</param>
/// <param name="Score">The sum of their weights.</param>
/// <param name="TellsOwner">Whether the person gets a notice by mail.</param>
public sealed record SignInSigns(IReadOnlyList<string> Names, int Score, bool TellsOwner);

/// <summary>Why a session ended, as stored in <c>sessions.revoked_reason</c>.</summary>
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

/// <summary>What happens at sign-in if the person has reached the limit of sessions (SE-9).</summary>
public enum SessionLimitPolicy
{
    EvictOldest,
    Refuse,
}
