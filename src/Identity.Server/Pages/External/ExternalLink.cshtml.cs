using Identity.Core.External;
using Identity.Core.Recovery;
using Identity.Core.Sessions;
using Identity.Core.SignUp;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External;

/// <summary>
/// Somebody whom another provider vouched for and nobody knows here: they sign in to their account, with all its
/// factors, or make one, and then say that the two are one person. An equal address is not a proof of that, and is not
/// looked at.
/// </summary>
internal sealed class ExternalLinkModel(
    ExternalLoginStore logins,
    ExternalProviders providers,
    ProtectedCookies cookies,
    SessionStore sessions,
    IOptions<SignUpOptions> registration
) : HostedPage
{
    public const string Address = "/external/link";

    /// <summary>Where the account lists its logins.</summary>
    public const string Account = "/account/external";

    /// <summary>Who waits; null when it took too long, or is done.</summary>
    public ExternalIdentity? Waiting { get; private set; }

    public string ProviderName => providers.NameOf(Waiting!.Provider);

    /// <summary>The account that they are signed in to, if they are.</summary>
    public string? Email { get; private set; }

    public bool CanRegister => registration.Value.IsOpen;

    public async Task OnGetAsync()
    {
        Waiting = ExternalIdentity.Read(HttpContext, cookies);
        Email = (await GetSessionAsync())?.Email;
        // The form's redirects end at the client that the person was going to.
        if (await HttpContext.ReadAuthorizationAsync(Waiting?.ReturnUrl) is { } request)
            HttpContext.AllowFormAction(request.RedirectUri);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (
            ExternalIdentity.Read(HttpContext, cookies) is not { } identity
            || await GetSessionAsync() is not { } session
        )
            return SeeOther(Address);
        if (!RequiresStepUpAttribute.IsFresh(session))
            return SeeOther(LocalUrl.With("/confirm-identity", Address));
        ExternalIdentity.Forget(HttpContext);
        if (
            !await logins.LinkAsync(
                session.Credential,
                identity.Provider,
                identity.Issuer,
                identity.Subject,
                identity.ShownName,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
            return SeeOther(ExternalFailedModel.Address("taken", Account));
        if (await sessions.RotateAsync(session.Id, HttpContext.RequestAborted) is { } token)
            BrowserSession.Keep(HttpContext, token);
        return SeeOther(identity.ReturnUrl is { } going && going != Account ? going : Account + "?done");
    }

    /// <summary>The person does not want it.</summary>
    public async Task<IActionResult> OnPostDeclineAsync()
    {
        var going = ExternalIdentity.Read(HttpContext, cookies)?.ReturnUrl;
        ExternalIdentity.Forget(HttpContext);
        return SeeOther(await GetSessionAsync() is null ? LocalUrl.With("/sign-in", going) : going ?? LocalUrl.Account);
    }
}
