using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Users;

namespace Identity.Core.SignUp;

/// <summary>An invitation to create an account that nobody has accepted yet.</summary>
/// <param name="Roles">The names of the roles that the account will have.</param>
/// <param name="Groups">The names of its groups.</param>
/// <param name="IsExpired">Whether its link has expired, so that it must be sent again.</param>
public sealed record Invitation(
    Guid Id,
    string Email,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    bool IsExpired
);

/// <summary>Who is invited, and to what.</summary>
/// <param name="Locale">The language of the mail and of the account; null for English.</param>
public sealed record InvitationDraft(
    EmailAddress Email,
    string? Locale,
    IReadOnlyList<Guid> Roles,
    IReadOnlyList<Guid> Groups
);

/// <summary>The outcome of accepting an invitation.</summary>
public abstract record InvitationResult
{
    private InvitationResult() { }

    /// <summary>The account exists, and its address is proved.</summary>
    public sealed record Accepted(UserAccount User) : InvitationResult;

    /// <summary>The address got an account meanwhile. The link proves the mailbox, so this may be said.</summary>
    public sealed record AlreadyRegistered : InvitationResult;

    /// <summary>The link is unknown, expired, used or withdrawn, or a newer one was sent.</summary>
    public sealed record LinkUnusable : InvitationResult;

    /// <summary>The policy refuses the password; the link stays valid.</summary>
    public sealed record Refused(PasswordJudgement Judgement) : InvitationResult;

    /// <summary>Too many hashes at once: answer 503. The link stays valid.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : InvitationResult;
}
