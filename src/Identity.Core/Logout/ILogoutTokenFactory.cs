using Identity.Core.Clients;

namespace Identity.Core.Logout;

/// <summary>Creates logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4). Protocol implements it, because
/// it signs tokens.</summary>
public interface ILogoutTokenFactory
{
    /// <summary>A new token for one attempt: valid for two minutes, with its own <c>jti</c>. Null if no key can sign
    /// now: the attempt fails and is repeated.</summary>
    string? Create(Client client, LogoutDelivery delivery);
}

/// <summary>Posts a logout token to a client (section 2.5). Protocol implements it, because it knows which addresses
/// may be called.</summary>
public interface ILogoutSender
{
    /// <summary>Sends it and waits for the answer for a few seconds at most. Never throws because of the
    /// client.</summary>
    Task<LogoutAnswer> SendAsync(Uri address, string logoutToken, CancellationToken cancellationToken);
}
