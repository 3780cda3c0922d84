using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Passkeys;

/// <summary>Adds a passkey to the account of a signed-in person, for every page that does so. The page has checked that
/// the proof of the session is fresh (SE-10).</summary>
internal sealed class PasskeyRegistration(
    PasskeyStore passkeys,
    PasskeyCeremonies ceremonies,
    SessionStore sessions,
    IStringLocalizer<PasskeyTexts> texts,
    IStringLocalizer<SharedTexts> shared
)
{
    /// <summary>The name of a passkey that is named after this browser.</summary>
    public string NameOfBrowser(HttpContext http)
    {
        var name = DeviceName.Of(http.Request.Headers.UserAgent);
        return name is { Browser: { } program, System: { } system }
            ? shared["Device.BrowserOnSystem", program, system]
            : name.Browser ?? name.System ?? texts["One"];
    }

    /// <summary>Checks the authenticator's answer, adds the passkey, and gives this browser a new session token
    /// (SE-2). Returns null, or the key of the text that says why nothing was added.</summary>
    /// <param name="typedName">Null names it after its password manager, else after the browser.</param>
    public async Task<string?> AddAsync(
        HttpContext http,
        AccountFacts facts,
        PasskeyCeremony ceremony,
        string? answer,
        string? typedName
    )
    {
        if (await ceremonies.FinishRegistrationAsync(http, facts.Account, ceremony, answer) is not { } passkey)
            return "Add.Refused";
        var named = passkey with
        {
            Name = typedName ?? PasskeyProviders.NameOf(passkey.AttestationObject) ?? NameOfBrowser(http),
        };
        var addition = await passkeys.AddAsync(
            facts.Session.Credential,
            named,
            http.ReadRequestContext(),
            http.RequestAborted
        );
        if (addition == PasskeyAddition.Added)
            await RenewSessionAsync(http, facts.Session);
        return addition switch
        {
            PasskeyAddition.Added => null,
            PasskeyAddition.ProofOver => "Add.Refused",
            PasskeyAddition.TooMany => "Add.TooMany",
            _ => "Add.Known",
        };
    }

    /// <summary>Gives this browser a new session token after a change (SE-2).</summary>
    public async Task RenewSessionAsync(HttpContext http, ActiveSession session)
    {
        if (await sessions.RotateAsync(session.Id, http.RequestAborted) is { } token)
            BrowserSession.Keep(http, session.Id, token);
    }
}
