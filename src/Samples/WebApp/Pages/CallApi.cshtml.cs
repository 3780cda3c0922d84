using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

[Authorize]
public sealed class CallApiModel(Provider provider, SampleApi api) : PageModel
{
    public Uri Address => api.Address;

    public HttpAnswer Answer { get; private set; } = new(0, "");

    public DecodedToken? AccessToken { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var token = await provider.GetTokenAsync("access_token");
        AccessToken = DecodedToken.Read(token);
        try
        {
            Answer = await api.HelloAsync(token, cancellationToken);
        }
        catch (HttpRequestException)
        {
            Answer = new HttpAnswer(503, "The API is not running, or not at this address.");
        }
    }
}
