namespace Identity.Server.Browser;

/// <summary>What the access token of a request to an API of ours says, once it is known to stand.</summary>
internal abstract record BearerReading
{
    private BearerReading() { }

    /// <summary>It is one of ours, for this API, and what it was issued from still stands.</summary>
    /// <param name="UserId">The person it speaks of; null for a client's own.</param>
    /// <param name="Amr">How the person signed in (RFC 8176).</param>
    /// <param name="AuthTime">When.</param>
    public sealed record Accepted(
        string ClientId,
        Guid? UserId,
        Guid? SessionId,
        IReadOnlyList<string> Scopes,
        IReadOnlyList<string> Amr,
        DateTimeOffset? AuthTime
    ) : BearerReading;

    /// <summary>It is missing, or not good.</summary>
    /// <param name="Error">The code of RFC 6750 section 3.1 or RFC 9449; null where no token came.</param>
    /// <param name="Text">For the developer of the client.</param>
    /// <param name="Challenges">What <c>WWW-Authenticate</c> says: one value for each scheme that would do.</param>
    public sealed record Refused(string? Error, string Text, params IReadOnlyList<string> Challenges) : BearerReading;
}

/// <summary>Reads the access token of a request to an API of this program. The protocol knows tokens and the API does
/// not, and neither knows the other.</summary>
internal interface IBearerTokens
{
    /// <summary>Reads the header <c>Authorization</c>, and <c>DPoP</c> where the token is bound to a key.</summary>
    /// <param name="resource">The audience that the token must name.</param>
    Task<BearerReading> ReadAsync(HttpContext http, string resource);

    /// <summary>What <c>WWW-Authenticate</c> says of a token that stands and is not enough.</summary>
    /// <param name="parameters">Further parameters, such as <c>scope</c>; values have neither quote nor
    /// backslash.</param>
    string Challenge(HttpContext http, string error, string text, params (string Name, string Value)[] parameters);
}
