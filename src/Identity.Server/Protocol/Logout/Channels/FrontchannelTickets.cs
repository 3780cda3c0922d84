using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Logout;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Protocol.Logout.Channels;

/// <summary> Passes the sessions that have just ended to the signed-out page, signed and encrypted in that page's
/// address: the page loads the clients' frames and then lets the person continue. A ticket grants nothing; with it, one
/// could only notify clients again that these sessions have ended.
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

    private sealed record Ticket(IReadOnlyList<Guid> SessionIds, string? ContinueUrl, DateTimeOffset Moment);

    public async Task<string> GetPageUrlAsync(
        IReadOnlyList<Guid> sessionIds,
        string? continueUrl,
        CancellationToken cancellationToken
    )
    {
        if ((await frontchannel.AddressesOfAsync(sessionIds, cancellationToken)).Count == 0)
            return continueUrl ?? EndpointPaths.SignedOutPage;
        Ticket content = new(sessionIds, continueUrl, time.GetUtcNow());
        var ticket = _protector.Protect(JsonSerializer.Serialize(content));
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
            return read?.SessionIds is { } ids && age >= TimeSpan.FromMinutes(-1) && age <= Lifetime
                ? new(await frontchannel.AddressesOfAsync(ids, cancellationToken), read.ContinueUrl)
                : null;
        }
        catch (Exception forged) when (forged is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
