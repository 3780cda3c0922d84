namespace Identity.Core.Passkeys;

// Passkeys owns WebAuthn credentials: storing, naming, listing and removing them, and the server's state of a ceremony.
// It does not know WebAuthn's wire format: ASP.NET Core's passkey handler, which Pages calls, checks attestations and
// assertions.

/// <summary>A credential as in ASP.NET Core's <c>UserPasskeyInfo</c>: public key and flags, no secret.</summary>
public sealed record Passkey
{
    /// <summary>This provider's id, for forms and links.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid UserId { get; init; }

    /// <summary>The authenticator's credential id; unique among all people.</summary>
    public required byte[] CredentialId { get; init; }

    /// <summary>The public key in COSE format.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The authenticator's counter at its last use; 0 if it has none.</summary>
    public required uint SignCount { get; init; }
    public required IReadOnlyList<string> Transports { get; init; }
    public required bool IsUserVerified { get; init; }
    public required bool IsBackupEligible { get; init; }
    public required bool IsBackedUp { get; init; }
    public required byte[] AttestationObject { get; init; }
    public required byte[] ClientDataJson { get; init; }

    /// <summary>The name that the person gave it; 1 to 100 characters.</summary>
    public required string Name { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>The purpose of a WebAuthn ceremony. A challenge is valid for its own purpose only.</summary>
public enum PasskeyCeremony
{
    Registration,

    /// <summary>A passkey that the browser creates without asking (WebAuthn 3: mediation "conditional").</summary>
    AutomaticRegistration,
    SignIn,
    SecondFactor,
    StepUp,
}
