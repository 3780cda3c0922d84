using Identity.Core.Credentials;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;

namespace Identity.Core.Recovery;

// Recovery owns every proof of a mailbox: verifying an address, changing it, a forgotten password, a link to sign in.
// Each proof is a mailed token that the database stores as SHA-256; one conditional statement consumes it, in the
// transaction of its effect (RV-3). It signs nobody in and knows no page.

/// <summary>The outcome of requesting a mail. The same for every address, known or not (EN-1).</summary>
public abstract record MailRequestResult
{
    private MailRequestResult() { }

    /// <summary>If there is a mail to send, it will be sent.</summary>
    public sealed record Accepted : MailRequestResult;

    /// <summary>Too many requests from this IP address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : MailRequestResult;
}

/// <summary>The outcome of using a link that proves an address.</summary>
public abstract record EmailProofResult
{
    private EmailProofResult() { }

    /// <summary>The address is proved.</summary>
    /// <param name="NewPassword">The token of a link to choose a password, for this browser, if the existing password
    /// was removed; otherwise null.</param>
    public sealed record Proved(Guid UserId, string Email, OpaqueToken? NewPassword = null) : EmailProofResult
    {
        /// <summary>What the browser had proved about the account, with the new credential version; null if it had
        /// proved nothing or the address was already proved.</summary>
        public CredentialProof? Browser { get; init; }

        /// <summary>Redacted.</summary>
        public override string ToString() => "Proved(redacted)";
    }

    /// <summary>The link is unknown, over, used, or a newer one was asked for.</summary>
    public sealed record LinkUnusable : EmailProofResult;
}

/// <summary>The outcome of a password reset.</summary>
public abstract record PasswordResetResult
{
    private PasswordResetResult() { }

    /// <summary>The password is set. Nobody is signed in by it: the sign-in follows, including the second factor
    /// (MF-7).</summary>
    public sealed record Done(Guid UserId, string Email) : PasswordResetResult;

    /// <summary>The link is unknown, over, used, or a newer one was asked for.</summary>
    public sealed record LinkUnusable : PasswordResetResult;

    /// <summary>The policy refuses the password; the link stays valid.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : PasswordResetResult;

    /// <summary>Too many hashes at once: answer 503. The link stays valid.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordResetResult;
}

/// <summary>The outcome of using a sign-in link.</summary>
public abstract record MagicLinkResult
{
    private MagicLinkResult() { }

    /// <summary>The first factor is proved. A second one, if set up, is still due (MF-7).</summary>
    public sealed record Proved(UserAccount User, string? ReturnUrl) : MagicLinkResult;

    /// <summary>The link is unknown, expired, used, or was requested in another browser.</summary>
    public sealed record LinkUnusable : MagicLinkResult;
}

/// <summary>The outcome of a typed sign-in code.</summary>
public abstract record MailCodeResult
{
    private MailCodeResult() { }

    /// <summary>The first factor is proved. A second one, if set up, is still due (MF-7).</summary>
    /// <param name="Credential">At the version at which the code was requested.</param>
    public sealed record Proved(CredentialProof Credential, string? ReturnUrl) : MailCodeResult;

    /// <summary>The code is wrong. The same for an address without an account (EN-1).</summary>
    public sealed record Wrong : MailCodeResult;

    /// <summary>There is no code to try: it is used, expired, replaced or had five tries.</summary>
    public sealed record Over : MailCodeResult;

    /// <summary>Too many wrong codes for this address: answer 429.</summary>
    public sealed record Locked(TimeSpan RetryAfter) : MailCodeResult;
}
