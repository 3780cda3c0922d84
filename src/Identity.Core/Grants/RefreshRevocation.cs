namespace Identity.Core.Grants;

/// <summary>The outcome of revoking a refresh token (RFC 7009 section 2.1).</summary>
public enum RefreshRevocation
{
    /// <summary>No such token: nothing to do.</summary>
    Unknown,

    /// <summary>The token's family has ended, now or earlier.</summary>
    Revoked,

    /// <summary>The token belongs to another client. Nothing changed.</summary>
    OfAnotherClient,
}
