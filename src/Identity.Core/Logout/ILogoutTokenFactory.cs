using Identity.Core.Clients;

namespace Identity.Core.Logout;

/// <summary>Makes logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4). Protocol implements it, for it
/// signs.</summary>
public interface ILogoutTokenFactory
{
    /// <summary>A new token for one attempt: valid for two minutes, with a <c>jti</c> of its own. Null when no key can
    /// sign now: the attempt fails and is repeated.</summary>
    string? Create(Client client, LogoutDelivery delivery);
}

/// <summary>Posts a logout token to a client (section 2.5). Protocol implements it, for it knows which addresses may be
/// called.</summary>
public interface ILogoutSender
{
    /// <summary>Sends it and waits for the answer, a few seconds at most. Never throws for what the client
    /// does.</summary>
    Task<LogoutAnswer> SendAsync(Uri address, string logoutToken, CancellationToken cancellationToken);
}
