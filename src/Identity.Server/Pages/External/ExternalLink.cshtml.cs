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

/// <summary> Links a person whom another provider has authenticated: they sign in to their account here, with all its
/// factors, or create one, and then confirm the link. An equal address proves nothing and is not compared.
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

    /// <summary>The account page that lists the linked accounts.</summary>
    public const string Account = "/account/external";

    /// <summary>The pending person; null if it took too long or is done.</summary>
    public ExternalIdentity? Waiting { get; private set; }

    public string ProviderName => providers.NameOf(Waiting!.Provider);

    /// <summary>The account to which they are signed in, if any.</summary>
    public string? Email { get; private set; }

    public bool CanRegister => registration.Value.IsOpen;

    public async Task OnGetAsync()
    {
        Waiting = ExternalIdentity.Read(HttpContext, cookies);
        Email = (await GetSessionAsync())?.Email;
        // The form's redirects end at the client of the return URL.
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

    /// <summary>The person declined.</summary>
    public async Task<IActionResult> OnPostDeclineAsync()
    {
        var going = ExternalIdentity.Read(HttpContext, cookies)?.ReturnUrl;
        ExternalIdentity.Forget(HttpContext);
        return SeeOther(await GetSessionAsync() is null ? LocalUrl.With("/sign-in", going) : going ?? LocalUrl.Account);
    }
}
