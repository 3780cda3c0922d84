using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Account;

/// <summary>The state of the second factor: on or off, recovery codes left, trusted browsers.</summary>
internal sealed class AccountTwoFactorModel(
    UserStore users,
    TotpAuthenticator authenticator,
    RecoveryCodeSet recovery,
    TrustedDeviceStore devices,
    TrustedBrowser trusted
) : AccountPage(users)
{
    private const string Here = "/account/two-factor";

    public int RecoveryCodesLeft { get; private set; }

    public IReadOnlyList<TrustedDevice> Browsers { get; private set; } = [];

    /// <summary>What was just done: a key of the texts, or null.</summary>
    public string? Outcome =>
        Request.Query["done"].ToString() switch
        {
            "off" => "Account.SwitchedOff",
            "forgotten" => "Account.Forgotten",
            _ => null,
        };

    public async Task OnGetAsync()
    {
        if (!Account.TwoFactorEnabled)
            return;
        RecoveryCodesLeft = await recovery.CountLeftAsync(Account.Id, HttpContext.RequestAborted);
        Browsers = await trusted.ListAsync(HttpContext, Account.Id);
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostNewCodesAsync()
    {
        if (
            await recovery.ReplaceAsync(
                Session.Credential,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            is not { } made
        )
            return SeeOther(Here);
        BrowserSession.Keep(HttpContext, Session.Id, made.SessionToken);
        RecoveryCodesModel.Show(TempData, made.Codes);
        return SeeOther(RecoveryCodesModel.Address);
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostSwitchOffAsync()
    {
        if (
            await authenticator.DisableAsync(
                Session.Credential,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            ) is
            { } token
        )
            BrowserSession.Keep(HttpContext, Session.Id, token);
        return SeeOther(Here + "?done=off");
    }

    public async Task<IActionResult> OnPostForgetAsync(Guid id)
    {
        await devices.RevokeAsync(Account.Id, id, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        return SeeOther(Here + "?done=forgotten");
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostForgetAllAsync()
    {
        await devices.RevokeAllAsync(Account.Id, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        return SeeOther(Here + "?done=forgotten");
    }
}
