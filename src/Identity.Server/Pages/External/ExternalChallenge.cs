using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Identity.Server.Pages.External;

/// <summary>
/// The way to another provider. It is a page that moves on by itself, and no redirect: a browser would hold the whole
/// chain of redirects that a form starts, at the other provider and back, to this host's form-action (WB-4).
/// </summary>
internal sealed class ExternalChallenge(ILogger<ExternalChallenge> logger)
{
    /// <summary>The authorization request to the provider, its cookies written to this answer; null when the provider
    /// cannot be reached.</summary>
    /// <param name="linkTo">The signed-in person to whose account the login is to be added; null to sign in.</param>
    /// <param name="anew">Whether the person has to prove themselves there again, whatever session they have: a client
    /// here insists (MF-8).</param>
    public async Task<string?> PrepareAsync(
        HttpContext http,
        ExternalProvider provider,
        string? returnUrl,
        Guid? linkTo,
        bool anew
    )
    {
        var journey = ExternalEvents.Journey(returnUrl, linkTo);
        if (anew)
            journey.SetParameter(OpenIdConnectParameterNames.Prompt, "login");
        try
        {
            await http.ChallengeAsync(provider.Scheme, journey);
        }
        catch (Exception unreachable)
            when (unreachable
                    is InvalidOperationException
                        or HttpRequestException
                        or IOException
                        or TaskCanceledException
                && !http.RequestAborted.IsCancellationRequested
            )
        {
            Log.ExternalProviderUnreachable(logger, provider.Scheme, unreachable);
            return null;
        }
        var target = http.Response.Headers.Location.ToString();
        http.Response.Headers.Location = default;
        http.Response.StatusCode = StatusCodes.Status200OK;
        return target;
    }
}
