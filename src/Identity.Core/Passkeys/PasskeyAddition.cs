namespace Identity.Core.Passkeys;

/// <summary>What became of adding a passkey.</summary>
public enum PasskeyAddition
{
    Added,

    /// <summary>The credential stands here already, for this person or another.</summary>
    Known,

    /// <summary>The person has as many as allowed.</summary>
    TooMany,

    /// <summary>The session has ended, or the person's credentials have changed since it was asked for.</summary>
    ProofOver,
}
