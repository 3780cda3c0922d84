using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages;

/// <summary>Redirects to the account, which redirects to the sign-in page if necessary.</summary>
internal sealed class IndexModel : HostedPage
{
    public IActionResult OnGet() => SeeOther(LocalUrl.Account);
}
