using Identity.Core.Credentials;

namespace Identity.Core.Grants.Polling;

// Polling owns what the device grant (RFC 8628) and CIBA in poll mode share: a client asks again and again, not too
// often, until a person has decided elsewhere.

/// <summary>The answer to a poll (RFC 8628 section 3.5, CIBA Core section 11).</summary>
public abstract record PollResult
{
    private PollResult() { }

    /// <summary>The person agreed. The request is used up now: of any number of simultaneous polls one gets
    /// this.</summary>
    public sealed record Approved(ApprovedRequest Request) : PollResult;

    /// <summary><c>authorization_pending</c>.</summary>
    public sealed record Pending : PollResult;

    /// <summary><c>slow_down</c>: from now on the pause between polls is 5 seconds longer.</summary>
    public sealed record SlowDown(TimeSpan Interval) : PollResult;

    /// <summary><c>access_denied</c>: the person refused, or their session has ended since. Told once.</summary>
    public sealed record Denied : PollResult;

    /// <summary><c>expired_token</c>.</summary>
    public sealed record Expired : PollResult;

    /// <summary><c>invalid_grant</c>: no such request of this client, or used up before.</summary>
    public sealed record Unknown : PollResult;
}

/// <summary>What was agreed to: enough for tokens, the first refresh token included.</summary>
/// <param name="Scopes">What the person granted, never more than was asked for.</param>
public sealed record ApprovedRequest(
    Guid GrantId,
    Guid UserId,
    Guid SessionId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details
);

/// <summary>A person's yes to a request that waits.</summary>
/// <param name="Scopes">Those granted: a part of those asked for.</param>
public sealed record Approval(
    Guid RequestId,
    CredentialProof Credential,
    IReadOnlyList<string> Scopes,
    GrantDetails Details
)
{
    /// <summary>Who says yes.</summary>
    public Guid UserId => Credential.UserId;

    /// <summary>In which session.</summary>
    public Guid SessionId =>
        Credential.SessionId ?? throw new InvalidOperationException("A request is approved in a session.");
}
