using System.Globalization;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Requests a change of address: the link goes to the new address, and nothing changes before it is used
/// (RV-7). The answer is the same for an address that has an account (ID-3).</summary>
[RequiresStepUp]
internal sealed class EmailModel(UserStore users, EmailChanger changer, IStringLocalizer<RecoveryTexts> texts)
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
        if (ReadAddress(Input.Email, texts) is not { } email)
            return Page();
        if (EmailAddress.TryParse(Account.Email, out var present) && present.Canonical == email.Canonical)
        {
            Wrong("Input.Email", texts["Change.Same"]);
            return Page();
        }
        if (
            await changer.RequestAsync(
                Account,
                Session.Credential,
                email,
                CultureInfo.CurrentUICulture.Name,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            is MailRequestResult.Throttled throttled
        )
            return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
        return SeeOther("/account/email?done");
    }
}
