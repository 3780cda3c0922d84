using System.Globalization;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.SignUp;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Recovery;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.SignIn;

/// <summary>Creates the account of somebody who was invited, whether or not sign-up is open. The mailed link proves the
/// address; the password is chosen here, so the person is signed in by it.</summary>
internal sealed class InvitationModel(
    InvitationAcceptance invitations,
    SignInDispatcher dispatcher,
    ProtectedCookies cookies,
    PasswordAdvice advice,
    IStringLocalizer<SignInTexts> texts,
    IStringLocalizer<SharedTexts> shared
) : MailedLinkPage(cookies, "__Host-invitation")
{
    public sealed class Form
    {
        public string? Name { get; set; }
        public string? NewPassword { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The invited address.</summary>
    public string Email { get; private set; } = "";

    /// <summary>Whether the address got an account meanwhile. Said only to somebody who proved the mailbox.</summary>
    public bool IsRegistered { get; private set; }

    protected override async Task<IActionResult> ShowAsync(OpaqueToken token) =>
        await ReadAsync(token) is null ? Unusable() : Page();

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is not null ? null
        : Token is { } token ? await ShowAsync(token)
        : Unusable();

    public async Task<IActionResult> OnPostAsync()
    {
        if (Token is not { } token || await ReadAsync(token) is null)
            return Unusable();
        if (!PersonalText.TryRead(Input.Name, RegisterModel.MaxNameLength, out var name))
            Wrong("Input.Name", texts["Name.Unusable"]);
        PlainTextPassword? password = null;
        if (string.IsNullOrEmpty(Input.NewPassword))
            Wrong("Input.NewPassword", texts["Password.Choose"]);
        else if (!PlainTextPassword.TryCreate(Input.NewPassword, out password))
            Wrong("Input.NewPassword", shared["Password.Unusable"]);
        if (!ModelState.IsValid || password is null)
            return Page();
        var result = await invitations.AcceptAsync(
            token,
            password,
            name,
            CultureInfo.CurrentUICulture.Name,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        return await AnswerAsync(result);
    }

    /// <summary>For the meter.</summary>
    public async Task<IActionResult> OnPostStrengthAsync()
    {
        var email = Token is { } token ? await ReadAsync(token) : null;
        return await advice.MeterAsync(
            HttpContext,
            Input.NewPassword,
            email is null ? [] : InvitationAcceptance.WordsOf(email, null)
        );
    }

    private async Task<IActionResult> AnswerAsync(InvitationResult result)
    {
        switch (result)
        {
            case InvitationResult.Accepted accepted:
                ForgetToken();
                return SeeOther(await GoOnAsync(accepted.User));
            case InvitationResult.Refused refused:
                Wrong("Input.NewPassword", advice.Explain(refused.Judgement));
                return Page();
            case InvitationResult.Busy busy:
                return Later(StatusCodes.Status503ServiceUnavailable, busy.RetryAfter);
            case InvitationResult.AlreadyRegistered:
                IsRegistered = true;
                return Unusable();
            default:
                return Unusable();
        }
    }

    private async Task<string> GoOnAsync(UserAccount user) =>
        await dispatcher.NextAsync(HttpContext, user.Credential, ["pwd"], null) is SignInNext.GoTo next
            ? next.LocalUrl
            : "/sign-in";

    private async Task<EmailAddress?> ReadAsync(OpaqueToken token)
    {
        var email = await invitations.FindAsync(token, HttpContext.RequestAborted);
        Email = email?.Value ?? "";
        return email;
    }
}
