namespace Identity.Core.Passkeys;

// Passkeys owns WebAuthn credentials: keeping, naming, listing and removing them, and what the server remembers of a
// ceremony. It does not know WebAuthn's wire format: ASP.NET Core's passkey handler, which Pages calls, checks
// attestations and assertions.

/// <summary>A credential as ASP.NET Core's <c>UserPasskeyInfo</c> holds it: public keys and flags, no secret.</summary>
public sealed record Passkey
{
    /// <summary>Ours, for forms and links.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid UserId { get; init; }

    /// <summary>The authenticator's; unique among all people.</summary>
    public required byte[] CredentialId { get; init; }

    /// <summary>COSE key.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The authenticator's counter at its last use; 0 where it keeps none.</summary>
    public required uint SignCount { get; init; }
    public required IReadOnlyList<string> Transports { get; init; }
    public required bool IsUserVerified { get; init; }
    public required bool IsBackupEligible { get; init; }
    public required bool IsBackedUp { get; init; }
    public required byte[] AttestationObject { get; init; }
    public required byte[] ClientDataJson { get; init; }

    /// <summary>What the person calls it; 1 to 100 characters.</summary>
    public required string Name { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>What a WebAuthn ceremony is for. A challenge made for one is worth nothing in another.</summary>
public enum PasskeyCeremony
{
    Registration,
    SignIn,
    SecondFactor,
    StepUp,
}
