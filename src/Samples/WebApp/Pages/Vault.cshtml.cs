using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

/// <summary>Follows the API's request for a better sign-in (RFC 9470) once, so that an API that is never satisfied does
/// not cause an endless loop.</summary>
[Authorize]
public sealed class VaultModel(Provider provider, SampleApi api) : PageModel
{
    public HttpAnswer Answer { get; private set; } = new(0, "");

    /// <param name="stepped">Set in the address to which the provider returns the person.</param>
    public async Task<IActionResult> OnGetAsync(bool stepped, CancellationToken cancellationToken)
    {
        try
        {
            (Answer, var stepUp) = await api.OpenVaultAsync(
                await provider.GetTokenAsync("access_token"),
                cancellationToken
            );
            if (stepUp is not null && !stepped)
                return Challenge(stepUp.ToChallenge("/vault?stepped=true"));
        }
        catch (HttpRequestException)
        {
            Answer = new HttpAnswer(503, "The API is not running, or not at this address.");
        }
        return Page();
    }
}
