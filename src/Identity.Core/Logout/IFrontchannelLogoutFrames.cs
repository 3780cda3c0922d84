namespace Identity.Core.Logout;

/// <summary>What the signed-out page has to do.</summary>
/// <param name="Frames">The addresses to load in hidden frames, one for each client that uses front-channel logout
/// (OpenID Connect Front-Channel Logout 1.0 section 3).</param>
/// <param name="ContinueUrl">Where the person goes next, already checked; null to stay.</param>
public sealed record FrontchannelLogoutFrames(IReadOnlyList<Uri> Frames, string? ContinueUrl);

/// <summary> Lets the pages notify clients of the end of a session through the browser, without knowing the protocol.
/// Protocol implements it, because it knows the content of the addresses.
/// </summary>
public interface IFrontchannelLogoutFrames
{
    /// <summary>The local URL to send the person to after these sessions ended: the signed-out page if a client has to
    /// be notified by a frame, else <paramref name="continueUrl"/> or that page.</summary>
    /// <param name="continueUrl">Where the person wants to go next. The caller has checked it; the page trusts
    /// it.</param>
    Task<string> GetPageUrlAsync(
        IReadOnlyList<Guid> sessionIds,
        string? continueUrl,
        CancellationToken cancellationToken
    );

    /// <summary>Reads the ticket in that URL; null if there is none, it is forged or it is older than ten
    /// minutes.</summary>
    Task<FrontchannelLogoutFrames?> ReadAsync(string? ticket, CancellationToken cancellationToken);
}
