using Identity.Core.Recovery;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Server.Browser;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Flow;

/// <summary>A mailed code in the place of the second factor (<c>Identity:Recovery:MailCodeAsSecondFactor</c>). Like a
/// trusted browser it stands in for one and is none: the session stays at one factor (NIST SP 800-63B-4 section
/// 3.1.3.1), so clients and actions that require two still ask for the real one.</summary>
internal sealed class MailedSecondFactor(MailedCodes codes, UserStore users, IOptions<RecoveryOptions> options)
{
    // Another provider is no first factor here: it may be the provider of the mailbox, and then one account there would
    // be both.
    private const string FirstFactor = "pwd";

    /// <summary>Whether the person of a pending sign-in may have a code mailed instead.</summary>
    public async Task<bool> IsOfferedAsync(HttpContext http, LoginChallenge challenge, string? returnUrl) =>
        options.Value.MailCodeAsSecondFactor
        && !challenge.Amr.Contains(SignInRisk.MailedCode)
        && await users.FindAsync(challenge.UserId, http.RequestAborted) is { } user
        && await IsAllowedAsync(http, user, challenge.Amr, returnUrl ?? challenge.ReturnUrl);

    /// <summary>Whether a mailed code that was entered stands in for the second factor.</summary>
    public async Task<bool> IsAcceptedAsync(HttpContext http, UserAccount user, string[] amr, string? returnUrl) =>
        amr.Contains(SignInRisk.MailedCode) && await IsAllowedAsync(http, user, amr, returnUrl);

    private async Task<bool> IsAllowedAsync(HttpContext http, UserAccount user, string[] amr, string? returnUrl) =>
        options.Value.MailCodeAsSecondFactor
        && user is { TwoFactorEnabled: true, EmailVerified: true }
        && amr.Contains(FirstFactor)
        && !SecondFactor.IsAskedFor(await http.ReadAuthorizationAsync(returnUrl))
        && await codes.MayStandInAsync(user.Id, FirstFactor, http.RequestAborted);
}
