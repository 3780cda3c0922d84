using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary>The addresses that the signed-out page loads in hidden frames (OpenID Connect Front-Channel Logout 1.0
/// section 2).</summary>
internal sealed class FrontchannelLogout(Database database, ClientRegistry clients, Issuer issuer)
{
    /// <summary>One address per session and client that has registered one. It may be called before or after the
    /// sessions end, because the list of their clients stays.</summary>
    public async Task<IReadOnlyList<Uri>> AddressesOfAsync(
        IReadOnlyList<Guid> sessionIds,
        CancellationToken cancellationToken
    )
    {
        var told = await database.QueryAsync(
            "SELECT client_id, session_id FROM idp.session_clients WHERE session_id = ANY (@sessions) "
                + "ORDER BY client_id, session_id",
            static row => (ClientId: row.GetString(0), SessionId: row.GetGuid(1)),
            cancellationToken,
            ("sessions", sessionIds.ToArray())
        );
        return
        [
            .. told.Select(one =>
                    clients.Find(one.ClientId) is { } client ? AddressFor(client, issuer.Value, one.SessionId) : null
                )
                .OfType<Uri>()
                .Distinct(),
        ];
    }

    /// <summary>The client's address with <c>iss</c> and <c>sid</c>, which go together (section 2); null if it has
    /// none.</summary>
    public static Uri? AddressFor(Client client, string issuer, Guid sessionId)
    {
        if (client.FrontchannelLogoutUri is not { } address)
            return null;
        if (!client.FrontchannelLogoutSessionRequired)
            return address;
        var parameters = $"iss={Uri.EscapeDataString(issuer)}&sid={Uri.EscapeDataString(sessionId.ToString("D"))}";
        var text = address.AbsoluteUri;
        return new(text + (text.Contains('?', StringComparison.Ordinal) ? '&' : '?') + parameters);
    }

    /// <summary>The origins of the addresses, for the page's <c>frame-src</c> (WB-4).</summary>
    public static IReadOnlyList<string> OriginsOf(IEnumerable<Uri> addresses) =>
        [.. addresses.Select(WebOrigin.Of).OfType<string>().Distinct(StringComparer.Ordinal)];
}
