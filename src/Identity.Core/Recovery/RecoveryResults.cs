using Identity.Core.Credentials;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

// Recovery owns every proof of a mailbox: verifying an address, changing it, a forgotten password, a link to sign in.
// Each proof is a token that was mailed, of which the database has the SHA-256 only; it is consumed by one conditional
// statement, in the transaction of its effect (RV-3). It signs nobody in and knows no page.

/// <summary>What became of asking for a mail. The same for every address, known or not (EN-1).</summary>
public abstract record MailRequestResult
{
    private MailRequestResult() { }

    /// <summary>If there is something to send, it will be sent.</summary>
    public sealed record Accepted : MailRequestResult;

    /// <summary>Too many requests from this internet address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : MailRequestResult;
}

/// <summary>What became of opening a link that proves an address.</summary>
public abstract record EmailProofResult
{
    private EmailProofResult() { }

    /// <summary>The address is proved.</summary>
    /// <param name="NewPassword">The token of a link to choose a password, for this browser, where the one that was set
    /// works no more; otherwise null.</param>
    public sealed record Proved(Guid UserId, string Email, OpaqueToken? NewPassword = null) : EmailProofResult
    {
        /// <summary>What the browser had proved of the account, as it counts now; null where it had proved nothing, or
        /// the address was proved before.</summary>
        public CredentialProof? Browser { get; init; }

        /// <summary>Redacted.</summary>
        public override string ToString() => "Proved(redacted)";
    }

    /// <summary>The link is unknown, over, used, or a newer one was asked for.</summary>
    public sealed record LinkUnusable : EmailProofResult;
}

/// <summary>What became of a new password by mail.</summary>
public abstract record PasswordResetResult
{
    private PasswordResetResult() { }

    /// <summary>It is set. Nobody is signed in by it: the sign-in follows, second factor included (MF-7).</summary>
    public sealed record Done(Guid UserId, string Email) : PasswordResetResult;

    /// <summary>The link is unknown, over, used, or a newer one was asked for.</summary>
    public sealed record LinkUnusable : PasswordResetResult;

    /// <summary>The policy refuses the password; the link stays good.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : PasswordResetResult;

    /// <summary>Too many hashes at once: answer 503. The link stays good.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordResetResult;
}

/// <summary>What became of a link to sign in.</summary>
public abstract record MagicLinkResult
{
    private MagicLinkResult() { }

    /// <summary>The first factor is proved. The second is still due, where there is one (MF-7).</summary>
    public sealed record Proved(UserAccount User, string? ReturnUrl) : MagicLinkResult;

    /// <summary>The link is unknown, over, used, or was asked for in another browser.</summary>
    public sealed record LinkUnusable : MagicLinkResult;
}
