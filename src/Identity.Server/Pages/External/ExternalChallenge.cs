using Identity.Server.Pages.External.Providers;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Identity.Server.Pages.External;

/// <summary> Sends the person to another provider, by a page that continues automatically and not by a redirect:
/// browsers apply this host's form-action to the whole chain of redirects that a form starts, to the other provider and
/// back (WB-4).
/// </summary>
internal sealed class ExternalChallenge(ILogger<ExternalChallenge> logger)
{
    /// <summary>The authorization request to the provider; its cookies are added to this answer. Null if the provider
    /// cannot be reached.</summary>
    /// <param name="linkTo">The signed-in person whose account is to be linked; null to sign in.</param>
    /// <param name="anew">Whether the person has to authenticate there again despite a session, because a client here
    /// requires it (MF-8). Asked for as far as the provider documents a parameter for it.</param>
    /// <param name="loginHint">The address that the person typed here; sent to providers with OpenID Connect.</param>
    public async Task<string?> PrepareAsync(
        HttpContext http,
        ExternalProvider provider,
        string? returnUrl,
        Guid? linkTo,
        bool anew,
        string? loginHint = null
    )
    {
        var journey = ExternalReturn.Journey(returnUrl, linkTo);
        journey.SetParameter(OpenIdConnectParameterNames.LoginHint, loginHint);
        if (anew && ExternalProviderTraits.Of(provider.Type).Reauthentication is var (name, value))
            journey.SetParameter(name, value);
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
            Log.ExternalProviderUnreachable(logger, provider.Scheme, ExternalFailure.WordsOf(unreachable));
            return null;
        }
        var target = http.Response.Headers.Location.ToString();
        http.Response.Headers.Location = default;
        http.Response.StatusCode = StatusCodes.Status200OK;
        return target;
    }
}
