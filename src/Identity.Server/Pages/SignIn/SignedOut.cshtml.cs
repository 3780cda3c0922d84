using Identity.Core.Logout;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary>
/// Signed out, and a way back in; or on to the client that asked for it. Clients that hear by front channel are told
/// here, in hidden frames of exactly their origins (OpenID Connect Front-Channel Logout 1.0 section 3).
/// </summary>
internal sealed class SignedOutModel(IFrontchannelLogoutFrames frames) : HostedPage
{
    public IReadOnlyList<Uri> Frames { get; private set; } = [];

    /// <summary>Where the person goes on to by themselves when the clients have been told; null to stay.</summary>
    public string? ContinueUrl { get; private set; }

    public async Task OnGetAsync([FromQuery] string? ticket)
    {
        if (await frames.ReadAsync(ticket, HttpContext.RequestAborted) is not { } told)
            return;
        (Frames, ContinueUrl) = (told.Frames, told.ContinueUrl);
        foreach (var frame in Frames)
            HttpContext.AllowFrame(frame.AbsoluteUri);
    }
}
