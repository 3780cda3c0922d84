using Identity.Core.Credentials;
using Identity.Core.Passwords;

namespace Identity.Core.SignUp;

// SignUp owns how people create their own accounts: whether they may, who is invited, what they choose, and the same
// answer for a known address. The proof of the address is Recovery's, the row of the account is Users'.

/// <summary>The outcome of a sign-up.</summary>
public abstract record SignUpResult
{
    private SignUpResult() { }

    /// <summary>A mail is queued: a verification, or a notice to the owner that there is already an account. Which one
    /// is not revealed (EN-3).</summary>
    /// <param name="Browser">What this browser has proved about the account: that it chose the password. If there
    /// already was an account, it refers to none.</param>
    public sealed record Accepted(CredentialProof Browser) : SignUpResult;

    /// <summary>The input is not an email address.</summary>
    public sealed record InvalidEmail : SignUpResult;

    /// <summary>Addresses of this domain may not sign up (<c>Identity:Registration:EmailDomains</c>).</summary>
    public sealed record DomainNotAllowed : SignUpResult;

    /// <summary>The policy refuses the password.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : SignUpResult;

    /// <summary>Registration is closed (<c>Identity:Registration:IsOpen</c>).</summary>
    public sealed record Closed : SignUpResult;

    /// <summary>Too many registrations from this IP address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : SignUpResult;

    /// <summary>Too many hashes at once: answer 503.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : SignUpResult;
}
