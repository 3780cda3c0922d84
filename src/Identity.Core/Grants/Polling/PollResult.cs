using Identity.Core.Credentials;

namespace Identity.Core.Grants.Polling;

// Polling owns what the device grant (RFC 8628) and CIBA in poll mode share: a client polls at limited intervals until
// a person has decided elsewhere.

/// <summary>The answer to a poll (RFC 8628 section 3.5, CIBA Core section 11).</summary>
public abstract record PollResult
{
    private PollResult() { }

    /// <summary>The person approved. The request is now consumed: of any number of parallel polls, one gets
    /// this.</summary>
    public sealed record Approved(ApprovedRequest Request) : PollResult;

    /// <summary><c>authorization_pending</c>.</summary>
    public sealed record Pending : PollResult;

    /// <summary><c>slow_down</c>: from now on the pause between polls is 5 seconds longer.</summary>
    public sealed record SlowDown(TimeSpan Interval) : PollResult;

    /// <summary><c>access_denied</c>: the person refused, or their session has ended since. Returned once.</summary>
    public sealed record Denied : PollResult;

    /// <summary><c>expired_token</c>.</summary>
    public sealed record Expired : PollResult;

    /// <summary><c>invalid_grant</c>: no such request of this client, or consumed before.</summary>
    public sealed record Unknown : PollResult;
}

/// <summary>What was approved: enough for tokens, including the first refresh token.</summary>
/// <param name="Scopes">The granted scopes, never more than were requested.</param>
public sealed record ApprovedRequest(
    Guid GrantId,
    Guid UserId,
    Guid SessionId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details
);

/// <summary>A person's approval of a pending request.</summary>
/// <param name="Scopes">The granted scopes: a subset of the requested ones.</param>
public sealed record Approval(
    Guid RequestId,
    CredentialProof Credential,
    IReadOnlyList<string> Scopes,
    GrantDetails Details
)
{
    /// <summary>The person who approves.</summary>
    public Guid UserId => Credential.UserId;

    /// <summary>The session of the approval.</summary>
    public Guid SessionId =>
        Credential.SessionId ?? throw new InvalidOperationException("A request is approved in a session.");
}
