using Identity.Core.Credentials;
using Identity.Core.Primitives;

namespace Identity.Core.TwoFactor;

// TwoFactor owns the second factor of a sign-in: codes of an authenticator app (TOTP, RFC 6238), recovery codes,
// trusted browsers, and the state between the first and the second factor. It does not start sessions and does not
// decide when a second factor is due.

/// <summary>The outcome of a code.</summary>
public abstract record SecondFactorResult
{
    private SecondFactorResult() { }

    /// <summary>The code was right and will not be accepted again.</summary>
    public sealed record Accepted : SecondFactorResult;

    /// <summary>The code was wrong or used, or no second factor is set up.</summary>
    public sealed record Wrong : SecondFactorResult;

    /// <summary>Too many wrong codes of this kind; the other kind may still be tried (BF-4).</summary>
    public sealed record Locked(TimeSpan RetryAfter) : SecondFactorResult;

    /// <summary>The master key of the secret is not loaded: no code can be checked or accepted, but recovery codes
    /// still work (MF-4).</summary>
    public sealed record Unavailable : SecondFactorResult;
}

/// <summary>What an authenticator app needs, to be shown once and sent back with the first code.</summary>
/// <param name="Sealed">For a hidden field: the encrypted secret, bound to this person and session. Valid for 15
/// minutes.</param>
/// <param name="ManualKey">The secret in base32, in groups of four, for typing.</param>
/// <param name="Uri">The <c>otpauth</c> URI of the QR code.</param>
/// <param name="QrSvg">The QR code: an SVG element without script, style sheet or external reference.</param>
public sealed record TotpEnrolment(string Sealed, string ManualKey, string Uri, string QrSvg)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "TotpEnrolment(redacted)";
}

/// <summary>The outcome of the first code.</summary>
public abstract record TotpEnrolmentResult
{
    private TotpEnrolmentResult() { }

    /// <summary>Two-step sign-in is on. The recovery codes are available only here; the session has a new token (SE-2),
    /// and all other sessions have ended.</summary>
    public sealed record Enabled(
        IReadOnlyList<string> RecoveryCodes,
        OpaqueToken SessionToken,
        CredentialProof Credential
    ) : TotpEnrolmentResult
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Enabled(redacted)";
    }

    /// <summary>The code does not match the secret and the time; the app's clock may be wrong. The enrolment stays
    /// valid.</summary>
    public sealed record WrongCode : TotpEnrolmentResult;

    /// <summary>It took too long, began in another session, or two-step sign-in is already on: begin again.</summary>
    public sealed record Over : TotpEnrolmentResult;

    /// <summary>Too many wrong codes.</summary>
    public sealed record Locked(TimeSpan RetryAfter) : TotpEnrolmentResult;
}
