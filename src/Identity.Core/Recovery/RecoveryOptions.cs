namespace Identity.Core.Recovery;

/// <summary>Section <c>Identity:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    public const string Section = "Identity:Registration";

    /// <summary>Whether people may make accounts for themselves.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Whether one must have proved the address before one can sign in.</summary>
    public bool RequireVerifiedEmail { get; set; } = true;
}

/// <summary>Section <c>Identity:Recovery</c>.</summary>
public sealed class RecoveryOptions
{
    public const string Section = "Identity:Recovery";

    /// <summary>Whether one may sign in by a link in a mail. Off: whoever reads the mailbox is in.</summary>
    public bool MagicLinks { get; set; }
}
