using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Logout;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary> Passes a session that has just ended to the signed-out page, signed and encrypted in that page's address:
/// the page loads the clients' frames and then lets the person continue. A ticket grants nothing; with it, one could
/// only notify clients again that this session has ended.
/// </summary>
internal sealed class FrontchannelTickets(
    FrontchannelLogout frontchannel,
    IDataProtectionProvider protection,
    TimeProvider time
) : IFrontchannelLogoutFrames
{
    private const string Purpose = "Identity.Protocol.Logout.Frontchannel";
    private const int MaxTicketLength = 16 * 1024;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly IDataProtector _protector = protection.CreateProtector(Purpose);

    private sealed record Ticket(Guid SessionId, string? ContinueUrl, DateTimeOffset Moment);

    public async Task<string> GetPageUrlAsync(Guid sessionId, string? continueUrl, CancellationToken cancellationToken)
    {
        if ((await frontchannel.AddressesOfAsync(sessionId, cancellationToken)).Count == 0)
            return continueUrl ?? EndpointPaths.SignedOutPage;
        var ticket = _protector.Protect(JsonSerializer.Serialize(new Ticket(sessionId, continueUrl, time.GetUtcNow())));
        return $"{EndpointPaths.SignedOutPage}?ticket={ticket}";
    }

    public async Task<FrontchannelLogoutFrames?> ReadAsync(string? ticket, CancellationToken cancellationToken)
    {
        if (ticket is not { Length: > 0 and <= MaxTicketLength })
            return null;
        try
        {
            var read = JsonSerializer.Deserialize<Ticket>(_protector.Unprotect(ticket));
            var age = time.GetUtcNow() - read?.Moment;
            return age >= TimeSpan.FromMinutes(-1) && age <= Lifetime
                ? new(await frontchannel.AddressesOfAsync(read!.SessionId, cancellationToken), read.ContinueUrl)
                : null;
        }
        catch (Exception forged) when (forged is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
