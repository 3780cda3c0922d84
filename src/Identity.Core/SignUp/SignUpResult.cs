using Identity.Core.Credentials;
using Identity.Core.Passwords;

namespace Identity.Core.SignUp;

// SignUp owns how people make accounts for themselves: whether they may, what they choose, and the same answer for an
// address that is known. The proof of the address is Recovery's, the row of the account is Users'.

/// <summary>What became of a sign-up.</summary>
public abstract record SignUpResult
{
    private SignUpResult() { }

    /// <summary>A mail is on its way: to verify, or to tell the owner that there is an account already. Which, is not
    /// told (EN-3).</summary>
    /// <param name="Browser">What this browser has proved of the account: that it chose the password. Of nobody's
    /// account, where there was one already.</param>
    public sealed record Accepted(CredentialProof Browser) : SignUpResult;

    /// <summary>What was typed is no e-mail address.</summary>
    public sealed record InvalidEmail : SignUpResult;

    /// <summary>The policy refuses the password.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : SignUpResult;

    /// <summary>Nobody may register here (<c>Identity:Registration:IsOpen</c>).</summary>
    public sealed record Closed : SignUpResult;

    /// <summary>Too many registrations from this internet address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : SignUpResult;

    /// <summary>Too many hashes at once: answer 503.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : SignUpResult;
}
