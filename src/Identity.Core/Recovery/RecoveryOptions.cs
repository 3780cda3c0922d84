namespace Identity.Core.Recovery;

/// <summary>Section <c>Identity:Recovery</c>.</summary>
public sealed class RecoveryOptions
{
    public const string Section = "Identity:Recovery";

    /// <summary>Whether people may sign in by a link in a mail. Off by default, because anyone who reads the mailbox
    /// could sign in.</summary>
    public bool MagicLinks { get; set; }

    /// <summary>Whether people may sign in by a six-digit code in a mail. Off by default for the same
    /// reason.</summary>
    public bool MailCodes { get; set; }

    /// <summary>Whether people may have a code mailed in the place of their second factor when they sign in with a
    /// password. Off by default: it is weaker than what it stands in for.</summary>
    public bool MailCodeAsSecondFactor { get; set; }
}
