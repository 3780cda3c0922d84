using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

[Authorize]
public sealed class ClaimsModel(Provider provider) : PageModel
{
    public HttpAnswer UserInfo { get; private set; } = new(0, "");

    public DecodedToken? IdToken { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        UserInfo = await provider.GetUserInfoAsync(cancellationToken);
        IdToken = DecodedToken.Read(await provider.GetTokenAsync("id_token"));
    }
}
