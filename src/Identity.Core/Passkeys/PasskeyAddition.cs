namespace Identity.Core.Passkeys;

/// <summary>The outcome of adding a passkey.</summary>
public enum PasskeyAddition
{
    Added,

    /// <summary>The credential already exists, for this person or another.</summary>
    Known,

    /// <summary>The person has as many as allowed.</summary>
    TooMany,

    /// <summary>The session has ended, or the person's credentials have changed since the ceremony began.</summary>
    ProofOver,
}
