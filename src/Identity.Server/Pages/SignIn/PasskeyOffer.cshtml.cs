using Identity.Core.Passkeys;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.SignIn;

/// <summary> Offers a passkey between a sign-in with a password and the return URL. It also is a page of this host
/// after the password was sent, which password managers need to offer to save it: a redirect into an app would end the
/// browser first. <see cref="SignInDispatcher"/> decides who comes here; the page itself grants nothing that the
/// account's page of passkeys does not.
/// </summary>
internal sealed class PasskeyOfferModel(
    UserStore users,
    PasskeyCeremonies ceremonies,
    PasskeyRegistration registration,
    IOptions<PasskeyOptions> options,
    IStringLocalizer<PasskeyTexts> texts
) : HostedPage
{
    /// <summary>Where the person goes from here, with or without a passkey.</summary>
    public string Onward => ReturnUrl ?? LocalUrl.Account;

    /// <summary>Whether the script tries a conditional creation: once, and not after it failed.</summary>
    public bool CreatesSilently => options.Value.CreateAutomatically && HttpMethods.IsGet(Request.Method);

    /// <summary>The address of a handler of this page.</summary>
    public string Action(string handler) => LocalUrl.With($"{Request.Path}?handler={handler}", ReturnUrl);

    public async Task<IActionResult> OnGetAsync() => await ReadAsync() is null ? SeeOther(Onward) : Page();

    /// <summary>For the script: begins adding one by a gesture.</summary>
    public Task<IActionResult> OnPostPasskeyOptionsAsync() => BeginAsync(PasskeyCeremony.Registration);

    /// <summary>For the script: begins a conditional creation.</summary>
    public async Task<IActionResult> OnPostSilentOptionsAsync() =>
        options.Value.CreateAutomatically ? await BeginAsync(PasskeyCeremony.AutomaticRegistration) : NotFound();

    public Task<IActionResult> OnPostPasskeyAsync(string? credential) =>
        AddAsync(PasskeyCeremony.Registration, credential);

    public async Task<IActionResult> OnPostSilentAsync(string? credential) =>
        options.Value.CreateAutomatically
            ? await AddAsync(PasskeyCeremony.AutomaticRegistration, credential)
            : NotFound();

    private async Task<IActionResult> BeginAsync(PasskeyCeremony ceremony) =>
        await ReadAsync() is { } facts
            ? await ceremonies.BeginRegistrationAsync(HttpContext, facts.Account, ceremony)
            : SeeOther(Onward);

    private async Task<IActionResult> AddAsync(PasskeyCeremony ceremony, string? credential)
    {
        if (await ReadAsync() is not { } facts)
            return SeeOther(Onward);
        if (await registration.AddAsync(HttpContext, facts, ceremony, credential, null) is not { } wrong)
            return SeeOther(Onward);
        Wrong("", texts[wrong]);
        return Page();
    }

    /// <summary>The person, if their proof is fresh (SE-10). Nobody is asked for a proof here: the offer is over
    /// then.</summary>
    private async Task<AccountFacts?> ReadAsync() =>
        await AccountFacts.ReadAsync(HttpContext, users) is { } facts && RequiresStepUpAttribute.IsFresh(facts.Session)
            ? facts
            : null;
}
