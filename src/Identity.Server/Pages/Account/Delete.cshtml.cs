using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Erases the account (PR-1) after its owner has typed its address. Every client of every session is
/// notified.</summary>
[RequiresStepUp]
internal sealed class DeleteModel(UserStore users, AccountEraser eraser, IStringLocalizer<AccountTexts> texts)
    : AccountPage(users)
{
    public sealed class Form
    {
        public string? Email { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        if (string.IsNullOrWhiteSpace(Input.Email))
            Wrong("Input.Email", texts["Delete.Missing"]);
        else if (
            !EmailAddress.TryParse(Input.Email.Trim(), out var typed)
            || typed.Canonical != EmailAddress.Parse(Account.Email).Canonical
        )
            Wrong("Input.Email", texts["Delete.Different"]);
        else if (await eraser.IsLastAdministratorAsync(Account.Id, HttpContext.RequestAborted))
            Wrong("Input.Email", texts["Delete.LastAdministrator"]);
        if (!ModelState.IsValid)
            return Page();

        if (!await eraser.EraseAsync(Session.Credential, HttpContext.ReadRequestContext(), HttpContext.RequestAborted))
            return SeeOther("/sign-in");
        // The account's cookies are removed too.
        BrowserSession.Forget(HttpContext, Session.Id);
        DeviceCookie.Forget(HttpContext);
        TrustedBrowser.Forget(HttpContext);
        PendingMailState.Forget(HttpContext);
        return SeeOther("/account-deleted");
    }
}
