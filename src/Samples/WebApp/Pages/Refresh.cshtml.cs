using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

[Authorize]
public sealed class RefreshModel(Provider provider) : PageModel
{
    public DateTimeOffset? Expiry { get; private set; }

    public Refresh? Result { get; private set; }

    public async Task OnGetAsync() => Expiry = await provider.GetExpiryAsync();

    public async Task OnPostAsync(CancellationToken cancellationToken) =>
        Result = await provider.RefreshAsync(cancellationToken);
}
