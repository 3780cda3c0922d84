using System.Globalization;
using Identity.Core.External;
using Identity.Core.Primitives;
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
/// factors, or create one, and then confirm the link. An equal address proves nothing and is not compared. Where the
/// provider is trusted to verify addresses, a new account needs nothing but the confirmation.
/// </summary>
internal sealed class ExternalLinkModel(
    ExternalLoginStore logins,
    ExternalProviders providers,
    ProtectedCookies cookies,
    SessionStore sessions,
    ExternalAccountCreator accounts,
    ExternalReturn back,
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

    /// <summary>Whether the pending person may create an account with the address that their provider
    /// verified.</summary>
    public bool CanSignUp => Waiting is { } identity && SignUpAddressOf(identity) is not null;

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
            BrowserSession.Keep(HttpContext, session.Id, token);
        return SeeOther(identity.ReturnUrl is { } going && going != Account ? going : Account + "?done");
    }

    /// <summary>The person creates an account with the verified address.</summary>
    public async Task<IActionResult> OnPostSignUpAsync()
    {
        if (
            ExternalIdentity.Read(HttpContext, cookies) is not { } identity
            || SignUpAddressOf(identity) is not { } email
            || await GetSessionAsync() is not null
        )
            return SeeOther(Address);
        ExternalSignUp signUp = new(
            new(identity.Provider, identity.Issuer, identity.Subject, identity.ShownName),
            email,
            identity.FullName,
            CultureInfo.CurrentUICulture.Name
        );
        return await accounts.CreateAsync(signUp, HttpContext.ReadRequestContext(), HttpContext.RequestAborted) switch
        {
            ExternalSignUpResult.Created created => SeeOther(
                await back.SignInAsync(HttpContext, created.Credential, identity.ReturnUrl)
            ),
            ExternalSignUpResult.Throttled throttled => Later(
                StatusCodes.Status429TooManyRequests,
                throttled.RetryAfter
            ),
            // The provider vouches for the mailbox, so this may be said to the person. The pending identity stays: they
            // sign in to that account, and confirm the link.
            ExternalSignUpResult.AlreadyRegistered => SeeOther(ExternalFailedModel.Address("registered", Address)),
            ExternalSignUpResult.AlreadyLinked => SeeOther(ExternalFailedModel.Address("taken", null)),
            _ => SeeOther(Address),
        };
    }

    private EmailAddress? SignUpAddressOf(ExternalIdentity identity) =>
        providers.Find(identity.Provider) is { AllowsSignUp: true }
        && identity.VerifiedEmail is { } email
        && registration.Value.IsOpen
        && registration.Value.Allows(email)
            ? email
            : null;

    /// <summary>The person declined.</summary>
    public async Task<IActionResult> OnPostDeclineAsync()
    {
        var going = ExternalIdentity.Read(HttpContext, cookies)?.ReturnUrl;
        ExternalIdentity.Forget(HttpContext);
        return SeeOther(await GetSessionAsync() is null ? LocalUrl.With("/sign-in", going) : going ?? LocalUrl.Account);
    }
}
