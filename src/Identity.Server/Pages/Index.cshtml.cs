using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages;

/// <summary>The front door leads to the account, and that, if need be, to the sign-in page.</summary>
internal sealed class IndexModel : HostedPage
{
    public IActionResult OnGet() => SeeOther(LocalUrl.Account);
}
