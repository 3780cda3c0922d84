namespace Identity.Core.Logout;

// Logout owns the messages that tell clients of the end of a session: the ledger idp.logout_deliveries, which the SQL
// function idp.end_sessions fills in the transaction that ends a session, and the service that sends each message until
// the client acknowledges it (OpenID Connect Back-Channel Logout 1.0). It does not end sessions (Sessions), sign logout
// tokens or decide which addresses may be called (both Protocol).

/// <summary>A message to one client about the end of one session, claimed by this instance for the length of a
/// lease.</summary>
/// <param name="Attempts">The number of this attempt; it distinguishes a late answer under a lost lease from a current
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
/// <param name="Error">Why it failed, for the ledger. Never contains the client's answer.</param>
/// <param name="Reachable">False if the client could not be reached at all, so that its other messages should wait
/// too.</param>
public sealed record LogoutAnswer(int? Status, string? Error, bool Reachable)
{
    /// <summary>The client acknowledged: 200, or 204 as some frameworks send (Back-Channel Logout 1.0 section
    /// 2.8).</summary>
    public bool IsAcknowledged => Status is 200 or 204;
}
