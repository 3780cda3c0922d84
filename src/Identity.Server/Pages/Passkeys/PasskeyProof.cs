using Identity.Core.Credentials;

namespace Identity.Server.Pages.Passkeys;

/// <summary>The outcome of a proof by passkey.</summary>
internal abstract record PasskeyProof
{
    private PasskeyProof() { }

    /// <summary>It proves its owner.</summary>
    public sealed record Proved(CredentialProof Owner) : PasskeyProof;

    /// <summary>It proves nobody. The page shows one text for every reason.</summary>
    /// <param name="IsUnknown">Whether no account has this passkey, so that the password manager may forget it. A
    /// passkey of an account that may not act is not unknown.</param>
    public sealed record Refused(bool IsUnknown = false) : PasskeyProof;
}
