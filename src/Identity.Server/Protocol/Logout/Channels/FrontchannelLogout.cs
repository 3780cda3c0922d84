using Identity.Core.Clients;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary>The addresses that the signed-out page loads in hidden frames (OpenID Connect Front-Channel Logout 1.0
/// section 2).</summary>
internal sealed class FrontchannelLogout(Database database, ClientRegistry clients, Issuer issuer)
{
    /// <summary>One address per client of the session that has registered one. It may be called before or after the
    /// session ends, because the list of its clients stays.</summary>
    public async Task<IReadOnlyList<Uri>> AddressesOfAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        var ids = await database.QueryAsync(
            "SELECT client_id FROM idp.session_clients WHERE session_id = @session ORDER BY client_id",
            static row => row.GetString(0),
            cancellationToken,
            ("session", sessionId)
        );
        return
        [
            .. ids.Select(clients.Find)
                .OfType<Client>()
                .Select(client => AddressFor(client, issuer.Value, sessionId))
                .OfType<Uri>(),
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
