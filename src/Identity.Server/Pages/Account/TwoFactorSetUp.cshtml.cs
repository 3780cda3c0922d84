using Identity.Core.Sessions;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Sets up an authenticator app: a QR code and a key to type, then a code that confirms the set-up
/// (MF-5).</summary>
[RequiresStepUp]
internal sealed class TwoFactorSetUpModel(
    UserStore users,
    TotpAuthenticator authenticator,
    SessionStarter sessions,
    IStringLocalizer<TwoFactorTexts> texts
) : AccountPage(users)
{
    public sealed class Form
    {
        public string? Code { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    public TotpEnrolment Enrolment { get; private set; } = null!;

    public IActionResult OnGet() =>
        Account.TwoFactorEnabled ? SeeOther(ReturnUrl ?? "/account/two-factor") : Show(null);

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(
            handler is not null ? null
            : Account.TwoFactorEnabled ? SeeOther("/account/two-factor")
            : Show(Request.Form["enrolment"])
        );

    public async Task<IActionResult> OnPostAsync(string? enrolment)
    {
        if (Account.TwoFactorEnabled)
            return SeeOther(ReturnUrl ?? "/account/two-factor");
        if (string.IsNullOrWhiteSpace(Input.Code))
        {
            Wrong("Input.Code", texts["Code.Missing"]);
            return Show(enrolment);
        }

        var request = HttpContext.ReadRequestContext();
        switch (
            await authenticator.ConfirmAsync(
                Session.Credential,
                enrolment,
                SecondFactor.WithoutSpaces(Input.Code),
                request,
                HttpContext.RequestAborted
            )
        )
        {
            case TotpEnrolmentResult.Enabled enabled:
                // The code was used in this session, so the session now has two factors (MF-8).
                var token = await sessions.MarkStepUpAsync(
                    Session.Id,
                    enabled.Credential,
                    ["otp", "mfa"],
                    AuthenticationContext.TwoFactors,
                    request,
                    HttpContext.RequestAborted
                );
                BrowserSession.Keep(HttpContext, Session.Id, token ?? enabled.SessionToken);
                RecoveryCodesModel.Show(TempData, enabled.RecoveryCodes);
                return SeeOther(LocalUrl.With(RecoveryCodesModel.Address, ReturnUrl));
            case TotpEnrolmentResult.Locked locked:
                Show(enrolment);
                return Later(StatusCodes.Status429TooManyRequests, locked.RetryAfter);
            case TotpEnrolmentResult.Over:
                Wrong("", texts["SetUp.Over"]);
                return Show(null);
            default:
                Wrong("Input.Code", texts["SetUp.WrongCode"]);
                return Show(enrolment);
        }
    }

    // The same secret again while it is valid, so that nobody has to scan twice.
    private PageResult Show(string? kept)
    {
        ModelState.Remove("enrolment");
        Enrolment = authenticator.Resume(Account, Session.Id, kept) ?? authenticator.Begin(Account, Session.Id);
        return Page();
    }
}
