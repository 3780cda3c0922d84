namespace Identity.Core.Logout;

// Logout owns the news that a session is over: the ledger idp.logout_deliveries, which SQL idp.end_sessions fills in
// the transaction that ends a session, and the service that tells each client of it until the client has heard (OpenID
// Connect Back-Channel Logout 1.0). It does not end sessions (Sessions), and knows neither how a logout token is signed
// nor which addresses may be called (Protocol).

/// <summary>One client to be told that one session is over. Claimed by this instance for the length of a
/// lease.</summary>
/// <param name="Attempts">The number of this attempt; it tells a late answer of a lost lease from a current
/// one.</param>
public sealed record LogoutDelivery(
    Guid Id,
    Guid SessionId,
    Guid UserId,
    string ClientId,
    string Reason,
    DateTimeOffset CreatedAt,
    int Attempts
);

/// <summary>How an attempt ended.</summary>
/// <param name="Status">The HTTP status of the answer; null when there was none.</param>
/// <param name="Error">Why it did not count, for the ledger. Never holds what the client answered.</param>
/// <param name="Reachable">False when the client could not be reached at all, so that its other news had better wait
/// too.</param>
public sealed record LogoutAnswer(int? Status, string? Error, bool Reachable)
{
    /// <summary>The client has heard: 200, or 204 where a framework says so (Back-Channel Logout 1.0 section
    /// 2.8).</summary>
    public bool IsAcknowledged => Status is 200 or 204;
}
