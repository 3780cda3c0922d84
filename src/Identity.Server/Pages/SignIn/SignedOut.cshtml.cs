using Identity.Core.Logout;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.SignIn;

/// <summary> Shown after signing out, with a way to sign in again or to continue to the requesting client. Clients with
/// front-channel logout are notified here, in hidden frames of exactly their origins (OpenID Connect Front-Channel
/// Logout 1.0 section 3).
/// </summary>
internal sealed class SignedOutModel(IFrontchannelLogoutFrames frames) : HostedPage
{
    public IReadOnlyList<Uri> Frames { get; private set; } = [];

    /// <summary>Where the page redirects after the clients were notified; null to stay.</summary>
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
