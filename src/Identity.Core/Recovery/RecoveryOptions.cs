namespace Identity.Core.Recovery;

/// <summary>Section <c>Identity:Recovery</c>.</summary>
public sealed class RecoveryOptions
{
    public const string Section = "Identity:Recovery";

    /// <summary>Whether one may sign in by a link in a mail. Off: whoever reads the mailbox is in.</summary>
    public bool MagicLinks { get; set; }
}
