using System.Globalization;
using System.Text;
using Identity.Core.Privacy;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Account;

/// <summary>A copy of everything that is stored about the person, as a file (PR-2).</summary>
[RequiresStepUp]
internal sealed class ExportModel(UserStore users, AccountExporter exporter, TimeProvider time) : AccountPage(users)
{
    public async Task<IActionResult> OnPostAsync()
    {
        if (
            await exporter.ExportAsync(Account.Id, HttpContext.ReadRequestContext(), HttpContext.RequestAborted)
            is not { } copy
        )
            return SeeOther("/account");
        return File(
            Encoding.UTF8.GetBytes(copy),
            "application/json",
            string.Create(CultureInfo.InvariantCulture, $"account-{time.GetUtcNow():yyyy-MM-dd}.json")
        );
    }
}
