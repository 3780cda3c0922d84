namespace Identity.Core.Grants;

/// <summary>What became of the wish to revoke a refresh token (RFC 7009 section 2.1).</summary>
public enum RefreshRevocation
{
    /// <summary>No such token: nothing to do.</summary>
    Unknown,

    /// <summary>The token's family is over, now or since before.</summary>
    Revoked,

    /// <summary>Another client holds the token. Nothing changed.</summary>
    OfAnotherClient,
}
